"""Section 9 of the codebook as a plain loop over rows like those of /compare.csv: none of our code is called.

What is compared with it is what the pages, files and queries show.
"""

import calendar
import re

ORDER = "required comply-or-explain preferred considered permitted encouraged neutral informational".split()
CORE = {
    "use present": "organise inventory train secure-use plan-adoption catalogue",
    "use prioritize": "prefer-open-source consider-open-source",
    "use promote": "promote train",
    "contribute present": "upstream-contribution organise",
    "contribute prioritize": "allocate-resources",
    "contribute promote": "promote train",
    "produce present": "publish-code disclose-on-request",
    "produce prioritize": "publish-code prefer-open-source",
    "produce promote": "promote organise",
}
CELLS = tuple(tuple(cell.split()) for cell in CORE)
LAWS = ("primary-law", "secondary-law")
OWN = {"EU": "union-bodies", "INT": "own-organisation"}
NARROW = {
    "own-organisation": "body",
    "association-members": "association",
    "regional": "region",
    "local": "local",
    "suppliers": "suppliers",
}
PARTS = ("region", "local", "association", "body")
TIERS = ("general", "field", "neighbour")
SURE = {"secondary": "text-not-read", "partial": "text-read-in-part"}
INSTRUMENTS = [*LAWS, "administrative-instruction", "strategy", "guideline"]


def days(text):
    """Return the first and last possible day of a year, month or day."""
    year, month, day = [*text.split("-"), "", ""][:3]
    end = month or "12"
    return f"{year}-{month or '01'}-{day or '01'}", f"{year}-{end}-{day or calendar.monthrange(int(year), int(end))[1]}"


def on_day(row, day, today):
    """Return what is known of a row on a whole day (section 5)."""
    status, issued, begins, ends = (
        row.get(name, "") for name in ("status", "issued", "in_force_from", "in_force_until")
    )
    past, law = status in ("expired", "replaced", "repealed"), row.get("instrument") in LAWS
    is_now, start = day == today, begins or ("" if law else issued)
    if issued and day < days(issued)[0]:
        return "not-yet"
    if status in ("proposed", "failed"):
        return status
    if begins and day < days(begins)[0]:
        return "not-yet"
    if ends and day > days(ends)[1]:
        return "ended"
    if status in ("unknown", ""):
        return "unknown"
    is_ending = bool(ends) and len(ends) < 10 and day > days(ends)[0]
    if is_ending or (past and not ends):
        return "ended" if past and is_now else "unknown"
    if start and day >= days(start)[1]:
        return "holds"
    # the word of whoever coded it, which is of today; but no law is in force because it was adopted
    return "holds" if is_now and not past and (start or not (law and status == "adopted")) else "unknown"


def bound(row):
    """Return how much of its country or body a row binds: whole, assumed, or the kind under which it stands apart."""
    level, binds = row.get("level", ""), row.get("binds", "").split()
    if level in ("regional", "local", "association"):
        return {"regional": "region"}.get(level, level)
    if {"whole-public-sector", OWN.get(row["country"], "central")} & set(binds):
        return "whole"
    for code, kind in NARROW.items():
        if code in binds:
            return kind
    is_assumed = not binds and row.get("instrument") in LAWS and level in ("central", "union")
    return "assumed" if is_assumed else "unstated"


def tier(row):
    core = CORE[f"{row['activity']} {row['stage']}"].split()
    return "neighbour" if row.get("duty") not in core else "field" if row.get("reach") == "field" else "general"


def strongest(rows):
    """Return the rows of the strongest force, the one that stands for it first."""
    force = min((row["force"] for row in rows), key=ORDER.index)
    same = [row for row in rows if row["force"] == force]
    same.sort(key=lambda row: identity(row.get("statement", "")))
    same.sort(key=lambda row: row.get("in_force_from") or row.get("issued", ""), reverse=True)
    same.sort(key=lambda row: {"primary": 0, "partial": 1}.get(row.get("checked"), 2))
    same.sort(key=lambda row: [*INSTRUMENTS, row.get("instrument")].index(row.get("instrument")))
    return same


def identity(iri):
    policy, _, fragment = iri.partition("#")
    return policy, [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", fragment)]


def cell(rows, day="", today="", asked=()):
    """Return what a cell of these statements shows on a day, in the columns of /compare-cells.csv that tell it.

    `day` is a whole one, "" for today; `asked` are the kinds of scope of which somebody has asked that they may head.
    """
    heads, apart, words = {"general": [], "field": [], "neighbour": []}, {}, set()
    wide, parts = {"general": [], "field": [], "neighbour": []}, []
    for row in rows:
        on, of = on_day(row, day or today, today), bound(row)
        is_whole, kind = of in ("whole", "assumed"), ""
        if on == "not-yet":
            continue
        if row["coverage"] != "stated":
            is_read = on == "holds" and is_whole and not row.get("claimed_by") and row.get("layer") != "imported"
            words |= {row["coverage"]} if is_read else set()
            continue
        if row.get("claimed_by") or row.get("layer") == "imported":
            kind = "claimed" if row.get("claimed_by") else "imported"
        elif on != "holds":
            kind = on
        elif not is_whole and of not in asked:
            kind = of
        elif row["force"] not in ORDER:
            kind = "unclear"
        if kind in PARTS and row["force"] in ORDER:
            parts.append((TIERS.index(tier(row)), ORDER.index(row["force"]), PARTS.index(kind)))
        if kind:
            apart[kind] = apart.get(kind, 0) + 1
        else:
            (heads if is_whole else wide)[tier(row)].append(row)
    found = {f"apart_{kind}": str(count) for kind, count in apart.items()}
    for group in (heads, wide):
        for name, own in group.items():
            if own:
                head = headed(group, name, own)
                return found | below(parts, (TIERS.index(name), ORDER.index(head["head"]))) | head
    found |= below(parts, (len(TIERS),))
    if "unclear" not in apart and words - {"not-assessed"}:
        return found | {"head": next(word for word in ("excluded", "silent") if word in words)}
    return found | {"head": "nothing" if set(apart) - {"claimed", "imported"} else "not-assessed"}


def below(parts, head):
    """Return what a part of the whole says, where it comes before the head by tier and force."""
    first = min(parts, default=head)
    if first[:2] >= head:
        return {}
    return {"below_scope": PARTS[first[2]], "below_tier": TIERS[first[0]], "below_force": ORDER[first[1]]}


def headed(group, name, own):
    first, *others = strongest(own)
    found = {
        "head": first["force"],
        "head_scope": bound(first),
        "head_sure": SURE.get(first.get("checked"), "text-read"),
        "head_layer": first.get("layer", ""),
        "head_tier": name,
        "head_duty": first.get("duty", ""),
        "head_condition": first.get("condition", ""),
        "head_count": str(1 + len(others)),
        "head_of": str(len(own)),
        "head_statement": first.get("statement", ""),
    }
    if name == "general" and group["field"]:
        field = strongest(group["field"])[0]["force"]
        found |= {"beside_field": field} if ORDER.index(field) < ORDER.index(first["force"]) else {}
    if name != "neighbour" and group["neighbour"]:
        beside = strongest(group["neighbour"])[0]
        found["beside_neighbour"] = f"{beside['force']}: {beside.get('duty', '')}"
    return found
