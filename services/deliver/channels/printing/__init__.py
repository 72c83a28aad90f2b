"""Letters that somebody carries to the office: a PDF file each, gathered by office and day with a manifest.

``channel`` writes them, ``manifest`` and ``days`` say what lies where, for `postbag print` as well. The typesetting was
done by render: nothing here looks into a letter's page but for the number of its pages.
"""
