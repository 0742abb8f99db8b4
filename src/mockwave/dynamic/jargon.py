"""Jargon of companies, programmers and banks, for generated values. Plain ASCII, as in `words.py`."""

from typing import Final

ADJECTIVES: Final = (
    "adaptive", "automated", "bidirectional", "compact", "cross-platform", "digital", "distributed", "modular",
    "multi-tier", "neural", "open", "optical", "portable", "reliable", "scalable", "secure", "seamless", "shared",
    "solid state", "stateless", "virtual", "wireless",
)  # fmt: skip
DESCRIPTORS: Final = (
    "background", "clear-headed", "client-driven", "context-sensitive", "data-based", "demand-driven", "everyday",
    "fault-tolerant", "high-level", "local", "needs-based", "object-oriented", "real-time", "regional", "test-driven",
    "user-facing",
)  # fmt: skip
NOUNS: Final = (
    "alarm", "array", "bandwidth", "bus", "cache", "card", "circuit", "driver", "feed", "firewall", "interface",
    "matrix", "monitor", "panel", "pixel", "port", "program", "protocol", "queue", "sensor", "service", "system",
    "transmitter", "window",
)  # fmt: skip
VERBS: Final = (
    "back up", "calculate", "compress", "connect", "copy", "generate", "index", "input", "navigate", "parse", "program",
    "quantify", "reboot", "synthesize", "transmit", "verify",
)  # fmt: skip
ONGOING: Final = (
    "backing up", "calculating", "compressing", "connecting", "copying", "generating", "indexing", "navigating",
    "parsing", "programming", "quantifying", "rebooting", "synthesizing", "transmitting", "verifying",
)  # fmt: skip
ABBREVIATIONS: Final = (
    "API", "CSS", "DNS", "FTP", "HTTP", "IP", "JSON", "RAM", "SDD", "SMTP", "SQL", "SSL", "TCP", "TLS", "UDP", "USB",
    "XML",
)  # fmt: skip
RANKS: Final = ("Assistant", "Chief", "Deputy", "Head", "Junior", "Lead", "Principal", "Regional", "Senior", "Trainee")
ACCOUNTS: Final = (
    "Checking Account",
    "Credit Card Account",
    "Home Loan Account",
    "Investment Account",
    "Money Market Account",
    "Savings Account",
)
CURRENCY_SYMBOLS: Final = ("$", "CHF", "Ft", "Kc", "R", "kr", "lei", "zl")
COLUMNS: Final = (
    "avatar", "category", "comment", "createdAt", "email", "group", "id", "name", "password", "phone", "status",
    "title", "token", "updatedAt",
)  # fmt: skip
COLUMN_TYPES: Final = (
    "bigint", "binary", "bit", "blob", "boolean", "date", "datetime", "decimal", "double", "float", "int", "smallint",
    "text", "time", "timestamp", "tinyint", "varchar",
)  # fmt: skip
COLLATIONS: Final = ("ascii_bin", "ascii_general_ci", "utf8_bin", "utf8_general_ci", "utf8_unicode_ci")
ENGINES: Final = ("ARCHIVE", "CSV", "InnoDB", "MEMORY", "MyISAM")
FILE_TYPES: Final = ("application", "audio", "font", "image", "text", "video")
BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
IMAGE: Final = (
    "data:image/svg+xml;charset=UTF-8,%%3Csvg%%20xmlns=%%27http://www.w3.org/2000/svg%%27%%20width=%%27640%%27%%20"
    "height=%%27480%%27%%3E%%3Crect%%20width=%%27100%%25%%27%%20height=%%27100%%25%%27%%20fill=%%27%%23%s%%27/%%3E"
    "%%3C/svg%%3E"
)
