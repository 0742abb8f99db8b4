"""YAML texts made from a grammar, by a seeded source: well formed nearly always, and full of what readers differ in."""

from collections.abc import Callable
from random import Random

PLAIN = (
    *(
        "a",
        "x y",
        "yes",
        "No",
        "on",
        "~",
        "null",
        "Null",
        "NULL",
        "nULL",
        "true",
        "TRUE",
        "tRUE",
        "False",
        "=",
        "<<",
        "-a",
    ),
    *(
        "0",
        "-0",
        "+0",
        "00",
        "0644",
        "-012",
        "+7",
        "0o14",
        "+0o14",
        "-0o7",
        "0o8",
        "0b11",
        "-0b1",
        "0x1F",
        "-0x1f",
        "0xG",
    ),
    *(
        "1_000",
        "1__0",
        ".5",
        "-.5",
        "+.5",
        "5.",
        "1.5",
        "012.5",
        "-00.5",
        "1e3",
        "1E+3",
        "1e-3",
        "12e03",
        ".e1",
        "1e",
        "e1",
    ),
    *(
        ".",
        "..",
        "-",
        "+",
        "--1",
        "+-1",
        "0x",
        "0o",
        "1.2.3",
        ".inf",
        "-.INF",
        "+.Inf",
        ".nan",
        ".NaN",
        "inf",
        "nan",
        "NaN",
    ),
    *(
        "1e400",
        "-1e999",
        "1e-999",
        "9" * 18,
        "9" * 19,
        "9" * 20,
        "-" + "9" * 19,
        "9" * 38,
        "9" * 39,
        "9" * 60,
        "1" * 400,
    ),
    *("18446744073709551615", "18446744073709551616", "-9223372036854775808", "-9223372036854775809", "0x" + "f" * 16),
    *(
        "0x" + "f" * 17,
        "0x" + "f" * 32,
        "0x" + "f" * 33,
        "0o" + "7" * 22,
        "0o" + "7" * 43,
        "0.1",
        "1.0",
        "-0.0",
        "1e16",
    ),
    *(
        "190:20:30",
        "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "12:30",
        "007",
        "1,5",
        "a:b",
        "a#b",
        "é",
        "\U0001f600",
    ),
    *(
        "http://a.b/c?d=e#f",
        "@a",
        "`a",
        "%a",
        "x\u2028y",
        "x\x85y",
        "x\x7f",
        "\ufeffa",
        "\ue000",
        "*",
        "**bold**",
        "![x]",
        "! a",
    ),
)
ESCAPES = (
    "\\n",
    "\\t",
    "\\/",
    "\\x41",
    "\\u00e9",
    "\\U0001f600",
    "\\ud83d\\ude00",
    "\\ud800",
    "\\_",
    "\\N",
    "\\L",
    "\\q",
    "\\\n  ",
)
TAGS = (
    "!!str ",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!null ",
    "! ",
    "!a ",
    "!!binary ",
    "!<tag:yaml.org,2002:str> ",
    "!!set ",
)
BREAKS = ("\n", "\n", "\n", "\r\n", "\r")


def make_text(random: Random) -> str:
    """A text, most often of one document; broken in one place now and then."""
    text = random.choice(("", "", "", "---\n", "%YAML 1.2\n---\n", "# c\n", "\ufeff", "--- # c\n"))
    text += random.choice((make_block, make_block, make_block, make_flow_line))(random, 0, 4)
    text += random.choice(("", "", "", "...\n", "# c", "---\n", "\n\n"))
    if random.random() < 0.2:
        start = random.randrange(len(text) + 1)
        text = (
            text[:start]
            + random.choice(("", " ", "\t", ":", "- ", "'", '"', "]", "{", "&x ", "*x", "\n"))
            + text[start + 1 :]
        )
    return text.replace("\n", random.choice(BREAKS)) if random.random() < 0.2 else text


def make_block(random: Random, indent: int, depth: int) -> str:
    """A block collection, or a scalar, at this indentation, with its line break."""
    if depth == 0 or random.random() < 0.1:
        return " " * indent + make_inline(random, 1) + "\n"
    lines = []
    is_mapping = random.random() < 0.7
    for _ in range(random.randint(1, 4)):
        start = " " * indent + (f"{make_key(random)}:" if is_mapping else "-")
        if random.random() < 0.35:
            head = random.choice(("", "", " # c", " &a", " &b", " !!map", " !a"))
            lines.append(f"{start}{head}\n{make_block(random, indent + random.choice((1, 2, 4)), depth - 1)}")
        elif random.random() < 0.15:
            lines.append(f"{start} {make_block_scalar(random, indent + 2)}")
        else:
            lines.append(f"{start} {make_inline(random, 2)}{random.choice(('', '', '', ' # c', ' '))}\n")
    return "".join(lines)


def make_flow_line(random: Random, indent: int, depth: int) -> str:
    return make_flow(random, depth) + "\n"


def make_block_scalar(random: Random, indent: int) -> str:
    head = random.choice(("|", ">", "|-", ">+", "|2-", "> # c"))
    lines = (" " * indent + random.choice((*PLAIN, "", " x")) for _ in range(random.randint(1, 4)))
    return head + "\n" + "".join(f"{line}\n" for line in lines)


def make_key(random: Random) -> str:
    key = random.choice(
        (*PLAIN, "a", "b", "c", "<<", "<<", "1", "true", "1.0", "'<<'", '"1"', "~", "? a\n", "*a ", "&k k")
    )
    return key if random.random() < 0.5 else random.choice("abcdefgh")


def make_inline(random: Random, depth: int) -> str:
    kind = random.random()
    if kind < 0.15 and depth:
        return make_flow(random, depth)
    if kind < 0.25:
        return random.choice(("*a", "*b", "&a x", "&b [x, 1]", "&a {x: 1, 2: y}", "&b"))
    return make_scalar(random)


def make_flow(random: Random, depth: int) -> str:
    count = random.randint(0, 3)
    space = random.choice((" ", " ", "", "\n   ", "  "))

    def inner() -> str:
        return make_flow(random, depth - 1) if depth and random.random() < 0.3 else make_scalar(random)

    if random.random() < 0.5:
        return "[" + f",{space}".join(inner() for _ in range(count)) + random.choice(("]", "]", ",]"))
    colon = random.choice((": ", ": ", ":"))
    pairs = (f"{random.choice((make_key, quote))(random)}{colon}{inner()}" for _ in range(count))
    return "{" + f",{space}".join(pairs) + "}"


def make_scalar(random: Random) -> str:
    tag = random.choice(TAGS) if random.random() < 0.05 else ""
    kind: Callable[[Random], str] = random.choice((plain, plain, plain, quote))
    return tag + kind(random)


def plain(random: Random) -> str:
    return random.choice(PLAIN)


def quote(random: Random) -> str:
    text = random.choice((*PLAIN, "", " a ", "\x80", "\uffff", "a\n   b"))
    if random.random() < 0.5:
        return "'" + text.replace("'", "''") + "'"
    return '"' + text + random.choice(("", *ESCAPES)) + '"'
