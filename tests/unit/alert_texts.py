"""More made-up alerts: mail, gaps to fill in, recipients by name, and texts that are hardly an alert."""

from __future__ import annotations

from tests.unit.alerts import BOTH, HOUSE, SENATE, Alert

SALSA = Alert(
    "double brackets and percent signs, a greeting with a title before the name",
    """\
No toll on the old bridge

The county wants a toll. The bridge was paid for in 1931.

Targets: Senators

Message Subject: No toll

Dear Senator [[Last_Name]],

Let the bridge be free. %%first_name%% asks you to.

Best regards,
[[First_Name]] [[Last_Name]]
""",
    {
        "headline": "No toll on the old bridge",
        "targets": SENATE,
        "subject": "No toll",
        "salutation": "Dear {{ decision_maker }},",
        "letter": "Let the bridge be free. {{ first_name }} asks you to.",
        "closing": "Best regards,\n{{ first_name }} {{ last_name }}",
    },
)
WRAPPED = Alert(
    "lines broken at seventy characters, as in mail",
    """\
Keep the weather stations

Forty weather stations on the coast are to be switched off in the
autumn, and fishermen will not know of a storm before it is there.

To: your representative and your senators

Re: Weather stations

To the Honorable [Representative Name],

I fish for a living, and I need to know of a storm before I go out to
sea. The stations cost less than one lifeboat, and they have saved a
great many of us.

What I ask for:
1. Keep the stations.
2. Mend the two that are broken.

Yours truly,
(your name)

P.S. My father fished here, and his forecast was a bad knee.
""",
    {
        "targets": BOTH,
        "subject": "Weather stations",
        "narrative": (
            "Forty weather stations on the coast are to be switched off in the autumn, and fishermen will not know of a storm"
            " before it is there."
        ),
        "salutation": "To {{ decision_maker }},",
        "letter": (
            "I fish for a living, and I need to know of a storm before I go out to sea. The stations cost less than"
            " one lifeboat, and they have saved a great many of us.\n\nWhat I ask for:\n1. Keep the stations.\n2. Mend the"
            " two that are broken."
        ),
        "closing": "Yours truly,\n{{ your_name }}\n\nP.S. My father fished here, and his forecast was a bad knee.",
    },
)
OTHERS = Alert(
    "recipients whom only a list reaches",
    """\
Mend the town clock

It has been a quarter to four since the winter.

Decision makers
Mayor Alex Placeholder
Your State Senator
Rep. Sam Example

Subject: The clock

Dear Mayor Placeholder,

Please mend the clock.

Sincerely,
Your Name
""",
    {
        "targets": (),
        "subject": "The clock",
        "salutation": "Dear Mayor Placeholder,",
        "letter": "Please mend the clock.",
        "closing": "Sincerely,\n{{ your_name }}",
    },
    {"targets"},
)
UNSIGNED = Alert(
    "no greeting and no signature: a box for the message",
    """\
Plant trees on Main Street

The heat on Main Street is worse every year.

Contact: Your representative

Subject: Trees

Message:
Please plant trees on Main Street.

They grow faster than the heat does.

Send Message
Share on Facebook
""",
    {
        "targets": HOUSE,
        "subject": "Trees",
        "salutation": None,
        "letter": "Please plant trees on Main Street.\n\nThey grow faster than the heat does.",
        "closing": None,
    },
)
UNKNOWN = Alert(
    "fields that Postbag has no name for",
    """\
Lower the price of insulin

A vial costs more than a week's food.

Recipients: House of Representatives

Insulin at [Pharmacy Name]

Dear Representative [Last Name],

At [Pharmacy Name] in [City] a vial costs [price]. It is [sic] a disgrace [1], [a]nd you know it.

I have waited ____ years.

Sincerely,
[First Name] [Last Name]
[Street Address]
[City, State ZIP]
""",
    {
        "targets": HOUSE,
        "subject": "Insulin at {{ ? Pharmacy Name }}",
        "salutation": "Dear {{ decision_maker }},",
        "letter": (
            "At {{ ? Pharmacy Name }} in {{ city }} a vial costs {{ ? price }}. It is [sic] a disgrace [1],"
            " [a]nd you know it.\n\n"
            "I have waited {{ ? gap }} years."
        ),
        "closing": "Sincerely,\n{{ first_name }} {{ last_name }}\n{{ ? Street Address }}\n{{ ? City State ZIP }}",
    },
    {"subject", "letter", "closing"},
)
NOTHING = Alert(
    "no alert at all",
    "A line of text that says nothing to anybody.\n",
    {"headline": "A line of text that says nothing to anybody.", "letter": None, "subject": None, "targets": ()},
    {"narrative", "targets", "subject", "letter"},
)
SECTIONS = Alert(
    "a form with named sections, and where names will be inserted",
    """\
Home | Key Votes | Elected Officials

Tell Congress: Fund Rural Broadband
Congress is about to vote on rural broadband. Half of all farms have no connection that deserves the name.
The bill, H.R. 4321, would change that. Act now!

Compose Your Message
Message Recipients:
• Your Senators
• Your Representative
Delivery Method:
• Email

Subject:*
Please cosponsor H.R. 4321

Issue Area:
Telecommunications

Message Body*:
(edit paragraphs as you like)
Dear [recipient name will be inserted here],

As your constituent and a farmer, I ask you to cosponsor H.R. 4321.
Rural America needs broadband. Please cosponsor H.R. 4321 today.

Closing: Sincerely,
(Your name will be inserted here)

Sender Information
Prefix*  First Name*  Last Name*
Street Address*
City*  State*  ZIP*
Email*
[ ] Remember me
[Send Message]
""",
    {
        "headline": "Tell Congress: Fund Rural Broadband",
        "targets": BOTH,
        "required_fields": (
            "prefix", "first_name", "last_name", "email", "address.line1", "address.city", "address.state", "address.zip",
        ),
        "subject": "Please cosponsor H.R. 4321",
        "salutation": "Dear {{ decision_maker }},",
        "letter": (
            "As your constituent and a farmer, I ask you to cosponsor H.R. 4321. Rural America needs broadband. Please"
            " cosponsor H.R. 4321 today."
        ),
        "closing": "Sincerely,\n{{ your_name }}",
    },
)  # fmt: skip
