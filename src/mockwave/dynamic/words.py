"""Words for generated texts: neutral names, places and things, belonging to nobody in particular.

They consist of ASCII letters, spaces and hyphens, so that they need no escapes in JSON. Network addresses use the
domains and blocks that are reserved for examples (RFC 2606, RFC 5737, RFC 3849).
"""

from typing import Final

FIRST_NAMES: Final = tuple(
    "Ada Alex Amir Ana Anna Ben Bruno Carla Chen Clara Dana David Diego Elena Elif Emma Eric Eva "
    "Felix Fatima Finn Grace "
    "Hana Hugo Ida Ines Ivan Jana Jonas Julia Kai Kofi Lara Leo Lena Lina Luca Maja Marco Maria Mateo Maya Mila Mina "
    "Nadia Nina Noah Nora Olga Omar Oscar Paul Petra Priya Rafael Rosa Samir Sara Sofia Tara Theo "
    "Tomas Vera Yuki Zoe".split()
)
LAST_NAMES: Final = tuple(
    "Abbott Adams Ahmed Alvarez Bauer Becker Bennett Bianchi Carter Chen Clark Costa Davis Diaz Evans Ferrari Fischer "
    "Garcia Gomez Green Gupta Hansen Harris Hoffmann Ivanov Jansen Johnson Kaya Keller Khan Kim "
    "Kovacs Larsen Lee Lopez "
    "Martin Mendes Meyer Miller Moore Mori Murphy Nguyen Novak Olsen Patel Peters Popov Reyes Rossi Sato Schmidt Silva "
    "Singh Smith Suzuki Tanaka Taylor Turner Vogel Walker Weber Wilson Wong Young".split()
)
CITIES: Final = (
    "Amsterdam", "Athens", "Auckland", "Bergen", "Bologna", "Bristol", "Brno", "Cordoba", "Dublin", "Geneva", "Ghent",
    "Helsinki", "Kyoto", "Leipzig", "Lisbon", "Ljubljana", "Lyon", "Madrid", "Melbourne", "Montreal",
    "Nairobi", "Osaka",
    "Oslo", "Porto", "Prague", "Quito", "Riga", "Santiago", "Seoul", "Tallinn", "Toronto", "Utrecht", "Valencia",
    "Vienna", "Vilnius", "Warsaw", "Wellington", "Zurich",
)  # fmt: skip
STATES: Final = (
    "Andalusia", "Bavaria", "Brittany", "California", "Catalonia", "Colorado", "Flanders", "Hokkaido", "Lombardy",
    "Ontario", "Oregon", "Quebec", "Saxony", "Scotland", "Tasmania", "Tuscany", "Tyrol", "Utah", "Victoria", "Wales",
)  # fmt: skip
COUNTRIES: Final = (
    ("Argentina", "AR"), ("Australia", "AU"), ("Austria", "AT"), ("Belgium", "BE"), ("Brazil", "BR"), ("Canada", "CA"),
    ("Chile", "CL"), ("Denmark", "DK"), ("Egypt", "EG"), ("Finland", "FI"), ("France", "FR"), ("Germany", "DE"),
    ("Greece", "GR"), ("India", "IN"), ("Ireland", "IE"), ("Italy", "IT"), ("Japan", "JP"), ("Kenya", "KE"),
    ("Mexico", "MX"), ("Netherlands", "NL"), ("Norway", "NO"), ("Poland", "PL"), ("Portugal", "PT"), ("Spain", "ES"),
    ("Sweden", "SE"), ("Switzerland", "CH"), ("Thailand", "TH"), ("Uruguay", "UY"), ("Vietnam", "VN"),
)  # fmt: skip
STREETS: Final = (
    "Acorn", "Birch", "Bridge", "Canal", "Castle", "Cedar", "Chapel", "Church", "Elm", "Field", "Forest", "Garden",
    "Harbour", "Hill", "Lake", "Linden", "Maple", "Market", "Meadow", "Mill", "Oak", "Orchard", "Park", "Pine", "River",
    "School", "Spring", "Station", "Sunset", "Valley", "Willow",
)  # fmt: skip
STREET_KINDS: Final = ("Street", "Road", "Avenue", "Lane", "Way", "Square")
COMPANY_WORDS: Final = (
    "Amber", "Arctic", "Atlas", "Beacon", "Blue Fern", "Bright", "Cobalt", "Copper", "Coral", "Delta", "Ember", "Fable",
    "Granite", "Harbour", "Juniper", "Lantern", "Linden", "Meridian", "Mosaic", "Northern", "Onyx", "Pebble", "Quill",
    "Raven", "Sable", "Silver Birch", "Tandem", "Umber", "Verdant", "Willow",
)  # fmt: skip
COMPANY_KINDS: Final = ("Example Ltd", "Example Inc", "Example GmbH", "Example Group", "Example and Sons")
JOBS: Final = (
    "Accountant", "Analyst", "Architect", "Baker", "Carpenter", "Chemist", "Designer", "Developer", "Editor",
    "Electrician", "Engineer", "Gardener", "Librarian", "Mechanic", "Nurse", "Painter", "Pilot", "Planner", "Teacher",
    "Translator",
)  # fmt: skip
DEPARTMENTS: Final = (
    "Accounts",
    "Design",
    "Engineering",
    "Finance",
    "Legal",
    "Marketing",
    "Operations",
    "Sales",
    "Support",
)
PRODUCTS: Final = (
    "Backpack", "Bicycle", "Blanket", "Book", "Bottle", "Chair", "Clock", "Cup", "Desk", "Gloves", "Hat", "Kettle",
    "Keyboard", "Lamp", "Mug", "Notebook", "Pen", "Pillow", "Radio", "Scarf", "Shelf", "Shirt", "Shoes",
    "Sofa", "Table",
    "Towel", "Umbrella", "Wallet", "Watch",
)  # fmt: skip
MATERIALS: Final = (
    "Bamboo",
    "Ceramic",
    "Cotton",
    "Glass",
    "Granite",
    "Leather",
    "Linen",
    "Metal",
    "Paper",
    "Steel",
    "Wooden",
    "Wool",
)
ADJECTIVES: Final = (
    "Bright", "Calm", "Classic", "Compact", "Elegant", "Fresh", "Gentle", "Handy", "Light", "Modern",
    "Plain", "Practical",
    "Quiet", "Rustic", "Simple", "Sleek", "Small", "Soft", "Sturdy", "Tidy",
)  # fmt: skip
COLORS: Final = (
    "amber", "black", "blue", "brown", "coral", "cyan", "gold", "gray", "green", "indigo", "ivory", "lime", "magenta",
    "maroon", "navy", "olive", "orange", "pink", "plum", "purple", "red", "salmon", "silver", "teal", "white", "yellow",
)  # fmt: skip
CURRENCIES: Final = (
    ("EUR", "Euro"), ("USD", "US Dollar"), ("GBP", "Pound Sterling"), ("JPY", "Yen"), ("CHF", "Swiss Franc"),
    ("CAD", "Canadian Dollar"), ("AUD", "Australian Dollar"), ("SEK", "Swedish Krona"), ("NOK", "Norwegian Krone"),
    ("INR", "Indian Rupee"), ("BRL", "Real"), ("KES", "Kenyan Shilling"),
)  # fmt: skip
LOCALES: Final = ("de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "it-IT", "ja-JP", "nl-NL", "pl-PL", "pt-BR", "sv-SE")
TIME_ZONES: Final = (
    "UTC",
    "Africa/Nairobi",
    "America/Toronto",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Lisbon",
    "Europe/Vienna",
)
MEDIA_TYPES: Final = (
    "application/json",
    "application/pdf",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/html",
    "text/plain",
)
FILE_ENDINGS: Final = ("csv", "jpg", "json", "pdf", "png", "txt", "zip")
TOPICS: Final = (
    "alpha",
    "archive",
    "basic",
    "daily",
    "draft",
    "feature",
    "general",
    "home",
    "internal",
    "main",
    "monthly",
    "news",
    "public",
    "sample",
    "shared",
    "standard",
    "test",
    "travel",
    "weekly",
    "work",
)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
LOREM: Final = tuple(
    "ab accusamus ad alias aliquam amet animi aperiam architecto asperiores at aut autem beatae blanditiis commodi "
    "consequatur corporis culpa cum cupiditate debitis delectus deserunt dicta dolor dolores ducimus ea eius eligendi "
    "enim eos error esse est et eum ex excepturi explicabo facere fuga fugit harum hic id illum impedit in inventore "
    "ipsa ipsum iste itaque iure labore laborum laudantium libero magnam magni maiores maxime minima minus modi nam "
    "natus nemo neque nisi nobis non nostrum nulla odio odit officia omnis optio pariatur placeat porro quae quam qui "
    "quia quis quod quos ratione rem rerum sapiente sed sint sit sunt tempora ut vel velit veniam vero vitae".split()
)
DOMAINS: Final = ("example.com", "example.org", "example.net")
USER_AGENTS: Final = ("ExampleBrowser/1.0", "ExampleBrowser/2.4", "ExampleClient/0.9")
