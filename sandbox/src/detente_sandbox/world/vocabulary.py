"""Invented names and phrases; domains end in .example, which nobody can own (RFC 2606)."""

FIRST_PARTS = (
    "Alder", "Amber", "Argon", "Atlas", "Aurora", "Basalt", "Beacon", "Birch", "Blau", "Boreal", "Brook",
    "Canto", "Cedar", "Cobalt", "Corvus", "Delta", "Dune", "Echo", "Elbe", "Ember", "Falken", "Fjord",
    "Garnet", "Gera", "Halden", "Harbor", "Helio", "Iris", "Juniper", "Kestrel", "Kiel", "Lark", "Linden",
    "Lumen", "Maple", "Meridian", "Mistral", "Nimbus", "Nord", "Oak", "Onyx", "Orchard", "Pine", "Polar",
    "Quartz", "Raven", "Rhine", "Saffron", "Sequoia", "Sierra", "Sol", "Sparrow", "Stone", "Tidal", "Topaz",
    "Umbra", "Vega", "Velo", "Willow", "Zephyr",
)  # fmt: skip
SECOND_PARTS = (
    "works", "field", "line", "ware", "bridge", "hold", "gate", "mark", "stream", "light", "point", "crest",
    "dale", "forge", "haven", "link", "mill", "port", "reach", "ridge", "shore", "side", "span", "stead",
    "ton", "vale", "view", "wall", "way", "wood",
)  # fmt: skip
TRADES = (
    "Logistics", "Foods", "Energy", "Systems", "Health", "Motors", "Textiles", "Media", "Finance", "Labs",
    "Robotics", "Retail", "Chemicals", "Insurance", "Travel", "Paper", "Optics", "Water", "Steel", "Studios",
)  # fmt: skip
LEGAL_FORMS = ("GmbH", "AG", "Ltd", "Inc.", "S.A.", "B.V.", "AB", "SAS", "s.r.o.", "Oy", "SpA", "LLC")
FIRST_NAMES = (
    "Ada", "Amina", "Anouk", "Arjun", "Bea", "Björn", "Carla", "Chen", "Dara", "Diego", "Elif", "Emil",
    "Fatou",
    "Finn", "Grace", "Hana", "Idris", "Ines", "Jonas", "Kai", "Kim", "Lars", "Lena", "Luca", "Mai", "Marta",
    "Milan", "Nadia", "Noor", "Olga", "Omar", "Paula", "Priya", "Quentin", "Rosa", "Sami", "Sanne", "Tariq",
    "Tomás", "Uma", "Vera", "Wei", "Yara", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES = (
    "Abadi", "Becker", "Costa", "Dahl", "Eriksen", "Ferrari", "García", "Haddad", "Ivanova", "Jansen", "Kaya",
    "Lee", "Lindqvist", "Mbeki", "Meyer", "Nakamura", "Novak", "O'Brien", "Okafor", "Petit", "Quist", "Rao",
    "Rossi", "Santos", "Schäfer", "Silva", "Tanaka", "Ueda", "Virtanen", "Weber", "Wójcik", "Xu", "Yilmaz",
)  # fmt: skip
INDUSTRIES = (
    "MANUFACTURING", "RETAIL", "BANKING", "INSURANCE", "LOGISTICS", "HEALTHCARE", "ENERGY",
    "TELECOMMUNICATIONS",
    "EDUCATION", "PUBLIC_SERVICES", "SOFTWARE", "FOOD",
)  # fmt: skip
COUNTRIES = (
    "Germany", "France", "United Kingdom", "Netherlands", "Spain", "Italy", "Sweden", "Poland", "Austria",
    "Switzerland", "United States", "Canada", "Finland", "Czech Republic",
)  # fmt: skip
TEAMS = ("North", "South", "East", "West", "Key accounts")
PARTNER_WORDS = ("Resell", "Integrate", "Consult", "Channel", "Connect", "Deliver")
PRODUCTS = ("Platform", "Analytics", "Gateway", "Archive", "Mobile", "Compliance pack")
TROUBLES = (
    "cannot sign in", "export stops half way", "report shows old numbers", "interface answers slowly",
    "invoice has the wrong address", "import refuses a file", "dashboard stays empty",
    "mail is not delivered",
    "certificate is about to expire", "users lost their rights", "search finds nothing", "backup did not run",
)  # fmt: skip
SYMPTOMS = (
    "It began this morning and several colleagues see it.", "It happens on every try since the last update.",
    "We can work around it but it costs us an hour a day.", "Our own customers notice it.",
    "It happened once and we want to know why.", "Production waits for this.",
)  # fmt: skip

# Text that harms software which takes data for markup, formula, template or layout.
HOSTILE_NAMES = (
    "<script>alert('name')</script> & Sons",
    "=cmd|' /C calc'!A0",
    "{{7*7}} ${7*7} Holding",
    "\u202eמסחר ומים\u202c GmbH",
    "Crème 🍮 Brûlée 🏴‍☠️ SARL",
    'O\'Neill "Quote" & Söhne; DROP TABLE accounts; --',
    "A very long name " + "that goes on and on " * 11 + "Ltd",
    "@SUM(1+9)*cmd +1 -2 Trading",
    "%s %n {0} {name} \\u0000 \\n AG",
    "</td></tr></table><img src=x onerror=alert(1)>",
)
