"""More made-up alerts: pages of HTML, mail merge, own words, and a letter that comes first."""

from __future__ import annotations

from typing import Final

from tests.unit import alert_texts, alerts
from tests.unit.alerts import BOTH, HOUSE, SENATE, Alert

PAGE = Alert(
    "a page with scripts, headings, lists and a form",
    """\
<!DOCTYPE html>
<html><head><title>Save the ferry | Example Harbor Trust</title>
<meta property="og:site_name" content="Example Harbor Trust">
<script>document.write("<p>Dear Senator,</p>"); if (1 < 2) { x(); }</script><style>p { color: red }</style></head>
<body><nav><a href="/">Home</a> <a href="/x">Our work</a></nav>
<h1>Save the ferry</h1><p>It has carried
<b>workers</b> since 1920 &amp; before.</p><h2>Why now</h2><ul><li>It is cheap.</li><li>It is *clean*.</li></ul>
<p>Your message will be sent to:</p><ul><li>Your Senators</li><li>Your Representative</li></ul>
<form><label>First Name<abbr title="required">*</abbr></label><input name="first"><label>Email *</label><input>
<label>Subject</label><input name="subject" value="Keep the ferry &quot;running&quot;">
<select><option>Alabama</option></select>
<textarea name="body">Dear {{ recipient.title }} {{ recipient.last_name }},

Please keep the ferry in {{ city }}.

Sincerely,
{{ first_name }} {{ last_name }}</textarea><button>Send</button></form>
<footer><p>&copy; 2024 Example Harbor Trust</p></footer></body></html>
""",
    {
        "slug": "save-ferry",
        "headline": "Save the ferry",
        "narrative": (
            "It has carried workers since 1920 & before.\n\n### Why now\n\n- It is cheap.\n- It is \\*clean\\*."
        ),
        "targets": BOTH,
        "required_fields": ("first_name", "email"),
        "subject": 'Keep the ferry "running"',
        "salutation": "Dear {{ decision_maker }},",
        "letter": "Please keep the ferry in {{ city }}.",
        "closing": "Sincerely,\n{{ first_name }} {{ last_name }}",
    },
)
ONE_LINE = Alert(
    "HTML in a single line, without a document around it",
    "<h3>Count the bees</h3><p>Nobody knows how many are left.</p><p>Recipients: your representative</p><p>Subject: Bees</p>"
    "<p>Dear [Decision Maker],</p><div>Please count the bees.<br>All of them.</div><p>Regards,<br>[Your Full Name]</p>",
    {
        "headline": "Count the bees",
        "narrative": "Nobody knows how many are left.",
        "targets": HOUSE,
        "subject": "Bees",
        "letter": "Please count the bees.\nAll of them.",
        "closing": "Regards,\n{{ your_name }}",
    },
)
MERGE = Alert(
    "mail merge and Engaging Networks, in Windows' quotes",
    "Repair the levee\r\n\r\nThe river\u2019s levee leaks \u2013 badly.\r\n\r\nTo: Your Senators\r\n\r\n"
    "Subject: “The levee”\r\n\r\nDear {contact_data~title} {contact_data~lastName},\r\n\r\n"
    "I live in «City», and the levee isn\u2019t safe.\r\n\r\n"
    "Kind regards,\r\n{user_data~First Name} {user_data~Last Name~Friend}\r\n<<State>>\r\n",
    {
        "headline": "Repair the levee",
        "narrative": "The river\u2019s levee leaks \u2013 badly.",
        "targets": SENATE,
        "subject": "“The levee”",
        "salutation": "Dear {{ decision_maker }},",
        "letter": "I live in {{ city }}, and the levee isn\u2019t safe.",
        "closing": "Kind regards,\n{{ first_name }} {{ last_name }}\n{{ state }}",
    },
)
OWN_WORDS = Alert(
    "a place for the person's own story, and a greeting that goes on",
    """\
Keep the school kitchen

Lunch is to come from a factory.

Your Representative

Lunch for our children

Dear Rep. Example, the kitchen at our school cooks for three hundred children.

[Add your own story here]

Please keep it.

A concerned constituent,
[Name]
""",
    {
        "targets": HOUSE,
        "subject": "Lunch for our children",
        "salutation": "Dear Rep. Example,",
        "letter": (
            "the kitchen at our school cooks for three hundred children.\n\n"
            "{% if message %}\n{{ message }}\n\n{% endif %}\nPlease keep it."
        ),
        "closing": "A concerned constituent,\n{{ your_name }}",
    },
)
LETTER_FIRST = Alert(
    "the letter first, the background below it, and a second letter",
    """\
Reopen the ward

Subject: The ward

Dear Senator,

Reopen the ward.

Sincerely,
[Your Name]

The ward was closed in a night, and the next one is two hours away.

Dear Representative,

Fund the ward.

Sincerely,
[Your Name]
""",
    {
        "headline": "Reopen the ward",
        "subject": "The ward",
        "targets": (),
        "salutation": "Dear Senator,",
        "letter": "Reopen the ward.",
        "closing": "Sincerely,\n{{ your_name }}",
    },
    {"targets"},
)
BRACES = Alert(
    "braces that are no fields, conditions, and a subject without a label",
    """\
Print what I typed

Braces are not instructions.

Recipients
* Your Senators

{{7*7}} and {% raw %}

Dear Senator [Last Name],

Write {{ config.items() }}, {% if x %}, {# y #}, ${7*7}, {{{ and {0.__class__} in [City]{.

[[?xx::x[[S1:first_name]]x::Friend::[[S1:first_name]]]] agrees.

Sincerely,
[Your Name]
""",
    {
        "targets": SENATE,
        "subject": "{{ '{{' }}7*7}} and {{ '{%' }} raw %}",
        "letter": (
            "Write {{ '{{' }} config.items() }}, {{ '{%' }} if x %}, {{ '{#' }} y #}, ${7*7}, {{ '{{{' }} and {0.__class__}"
            " in {{ city }}{.\n\n{{ ? xx x S1 first_name x Friend S1 first_nam }} agrees."
        ),
        "closing": "Sincerely,\n{{ your_name }}",
    },
    {"letter"},
)

MAIL = Alert(
    "a mail in HTML, its lines in boxes, with gaps to fill in",
    '<div dir="ltr"><div><b>Stop the new parking lot</b></div><div><br></div><div>The council votes on'
    " <i>Tuesday</i>.</div><div><br></div><div>Subject: Parking</div><div><br></div><div>Dear Senator ______,</div>"
    "<div><br></div><div>I'm a"
    " resident of [city] and I&nbsp;oppose the lot.</div><div>It is ugly.</div><div><br></div><div>Sincerely,</div>"
    "<div>[name]</div></div>",
    {
        "headline": "Stop the new parking lot",
        "narrative": "The council votes on Tuesday.",
        "subject": "Parking",
        "salutation": "Dear {{ decision_maker }},",
        "letter": "I'm a resident of {{ city }} and I oppose the lot.\n\nIt is ugly.",
        "closing": "Sincerely,\n\n{{ your_name }}",
    },
    {"targets"},
)

ALERTS: Final = (
    alerts.BY_HAND, alerts.LUMINATE, alerts.ACTION_NETWORK, alerts.EVERY_ACTION, alert_texts.SALSA, alert_texts.WRAPPED,
    alert_texts.OTHERS, alert_texts.UNSIGNED, alert_texts.UNKNOWN, alert_texts.NOTHING, PAGE, ONE_LINE, MERGE, OWN_WORDS,
    LETTER_FIRST, BRACES, MAIL, alert_texts.SECTIONS,
)  # fmt: skip
