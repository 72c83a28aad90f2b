"""Action alerts of many layouts and programs, all made up, each with the campaign that an import finds in it.

``finds`` are fields of the draft; ``asks`` the fields about which a question must be answered before the file can be used,
apart from the organization, which is always asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

BOTH: Final = ("your_representative", "your_senators")
HOUSE: Final = ("your_representative",)
SENATE: Final = ("your_senators",)


@dataclass(frozen=True)
class Alert:
    name: str
    text: str
    finds: dict[str, Any]
    asks: set[str] = field(default_factory=set)


BY_HAND = Alert(
    "brackets by hand, a bulleted list of recipients",
    """\
Skip to main content
Home | About us | Donate

Let the night trains run

Two night trains are to end in May. Nobody asked those who ride them.

  • Your Senators
  • Your Representative

* = required

Keep the night trains

Dear [Decision Maker],

I ride the night train to work.

Please vote for the timetable as it is, [Decision Maker].

Respectfully,
[Your Name]
[City], [State]
""",
    {
        "slug": "let-night-trains-run",
        "headline": "Let the night trains run",
        "narrative": "Two night trains are to end in May. Nobody asked those who ride them.",
        "targets": BOTH,
        "required_fields": (),
        "subject": "Keep the night trains",
        "salutation": "Dear {{ decision_maker }},",
        "letter": "I ride the night train to work.\n\nPlease vote for the timetable as it is, {{ decision_maker }}.",
        "closing": "Respectfully,\n{{ your_name }}\n{{ city }}, {{ state }}",
    },
)
LUMINATE = Alert(
    "S-tags, labels with stars below the letter",
    """\
Save the Marsh

The marsh holds back the flood, and a road is to cross it.

Recipients:
Your U.S. Representative

Subject:
The marsh at [[S1:home_city]]

Dear Representative,

My name is [[S1:first_name:Friend]] [[S1:last_name]], of [[S1:home_city]], [[S1:home_stateprov]].
The road must not cross the marsh.

Sincerely,
[[S1:first_name]] [[S1:last_name]]

Title*
First Name*
Last Name*
Email*
Street 1*
Street 2
City*
State / Province*
ZIP / Postal Code*
Phone Number

Remember me. What's this?
""",
    {
        "headline": "Save the Marsh",
        "targets": HOUSE,
        "required_fields": (
            "prefix", "first_name", "last_name", "email", "address.line1", "address.city", "address.state", "address.zip",
        ),
        "subject": "The marsh at {{ city }}",
        "salutation": "Dear Representative,",
        "letter": (
            "My name is {{ first_name }} {{ last_name }}, of {{ city }}, {{ state }}. The road must not cross the marsh."
        ),
        "closing": "Sincerely,\n{{ first_name }} {{ last_name }}",
    },
)  # fmt: skip
ACTION_NETWORK = Alert(
    "double braces with defaults, a mail that greets its readers first",
    """\
URGENT

Fair pay for ferry crews

Dear friend,

Crews have not had a raise since the bridge fell. Write today.

Send this letter to: Your Senators

Subject: Pay {{ city | default: "our" }} crews fairly

Dear {{ recipient.title }} {{ recipient.last_name }},

Ferry crews keep {{ city }} moving.

In solidarity,

{{ first_name | default: "A rider" }} {{last_name}}
""",
    {
        "headline": "Fair pay for ferry crews",
        "narrative": "Dear friend,\n\nCrews have not had a raise since the bridge fell. Write today.",
        "targets": SENATE,
        "subject": "Pay {{ city }} crews fairly",
        "salutation": "Dear {{ decision_maker }},",
        "letter": "Ferry crews keep {{ city }} moving.",
        "closing": "In solidarity,\n\n{{ first_name }} {{ last_name }}",
    },
)
EVERY_ACTION = Alert(
    "camel case, required in words, a section that names the letter",
    """\
Open the reading rooms

The reading rooms have been closed on Sundays for ten years.

Your message will be sent to:
- Your Members of Congress

Contact Information
First Name (required)
Last Name (required)
Email Address (required)
Mobile Phone
Postal Code (required)

Your Message
Subject (required)
Open them on Sundays

Message Body
Dear {{TargetTitle}} {{TargetLastName}}:

I am {{FirstName}} {{LastName}}, and I read.

Thank you,
{{FirstName}} {{LastName}}

Submit
""",
    {
        "headline": "Open the reading rooms",
        "targets": BOTH,
        "required_fields": ("first_name", "last_name", "email", "address.zip"),
        "subject": "Open them on Sundays",
        "salutation": "Dear {{ decision_maker }}:",
        "letter": "I am {{ first_name }} {{ last_name }}, and I read.",
        "closing": "Thank you,\n{{ first_name }} {{ last_name }}",
    },
)
