"""Compares what was measured with what is asked for: claims.json.

Each claim names a case and has one of these bounds:

  at_most_us, of         microseconds on a machine whose limits the file has; elsewhere
                         the same share of the limit `of`, or, where the machine lacks
                         that, of the limit that binds the case
  at_least_share         of the limit that binds the case
  at_least_ratio, or     of a pair; with `beside`, of that case's time to this one's;
  at_most_ratio          with `peer`, of the peer's time to this one's
"""

import json
from pathlib import Path
from typing import NamedTuple, Optional

TABLE = Path(__file__).resolve().parent / "claims.json"


class Verdict(NamedTuple):
    """`holds` is None where the case was not measured."""

    claim: str
    asked: str
    measured: str
    holds: Optional[bool]


def read_table() -> dict:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def list_targets(table: dict) -> dict[str, list[str]]:
    """The cases of each target that is not the host's."""
    targets: dict[str, list[str]] = {}
    for claim in table["claims"]:
        if "target" in claim:
            targets.setdefault(claim["target"], []).append(claim["case"])
    return targets


def find(rows: list, **wanted) -> Optional[dict]:
    """The first row that has these values."""
    for row in rows:
        if all(row.get(key) == value for key, value in wanted.items()):
            return row
    return None


def find_row(document: dict, case: str, target: Optional[str]) -> Optional[dict]:
    """Of another target than the host's only if the claim says so."""
    rows = document["rows"] if target is None else document.get("rows_of_other_targets", [])
    return find(rows, case=case, **({"target": target} if target else {}))


def measure_ratio(document: dict, claim: dict) -> Optional[float]:
    if "peer" in claim:
        row = find(document["peers"], case=claim["case"], name=claim["peer"])
        return row and row["ratio"]
    if "beside" in claim:
        row = find_row(document, claim["case"], claim.get("target"))
        beside = find_row(document, claim["beside"], claim.get("target"))
        return beside["median_us"] / row["median_us"] if row and beside else None
    row = find(document["pairs"], case=claim["case"])
    return row and row["ratio"]


def scale_bound(claim: dict, row: dict, limits: dict, reference: dict) -> tuple[float, str]:
    """The microseconds that are the same share of a limit of this machine, and which one."""
    limit = claim["of"] if limits.get(claim["of"]) else row["bound_by"]
    return claim["at_most_us"] * reference[claim["of"]] / limits[limit], limit


def judge_time(claim: dict, name: str, document: dict, reference: dict) -> Verdict:
    row = find_row(document, claim["case"], claim.get("target"))
    if "at_least_share" in claim:
        asked = f"at least {claim['at_least_share']:.0%} of its limit"
        if row is None:
            return Verdict(name, asked, "not measured", None)
        measured = f"{row['share']:.1%} of {row['bound_by']}"
        return Verdict(name, asked, measured, row["share"] >= claim["at_least_share"])
    asked = f"at most {claim['at_most_us']} us"
    if row is None or row["bound_by"] is None:
        return Verdict(name, asked, "not measured", None)
    limits = document["limits_by_threads"][str(row["threads"])]
    bound, limit = scale_bound(claim, row, limits, reference)
    asked += f" of {claim['of']}; here {bound:.1f}"
    asked += "" if limit == claim["of"] else f" of {limit}"
    measured = f"{row['median_us']:.1f} us"
    return Verdict(name, asked, measured, row["median_us"] <= bound)


def judge_ratio(claim: dict, name: str, document: dict) -> Verdict:
    ratio = measure_ratio(document, claim)
    is_least = "at_least_ratio" in claim
    bound = claim["at_least_ratio" if is_least else "at_most_ratio"]
    asked = f"{'at least' if is_least else 'at most'} {bound} x"
    if ratio is None:
        return Verdict(name, asked, "not measured", None)
    return Verdict(name, asked, f"{ratio:.3f} x", ratio >= bound if is_least else ratio <= bound)


def judge(document: dict, table: dict, selects=lambda case: True) -> list[Verdict]:
    """A verdict for each claim of `table` by the results in `document` (bench.json).

    `selects` tells of the name of a case whether it is asked for.
    """
    verdicts = []
    for claim in table["claims"]:
        if not selects(claim["case"]):
            continue
        words = [claim["case"], claim.get("target"), claim.get("peer")]
        name = " ".join(filter(None, words))
        if "at_most_us" in claim or "at_least_share" in claim:
            verdicts.append(judge_time(claim, name, document, table["limits"]))
        else:
            verdicts.append(judge_ratio(claim, name, document))
    return verdicts


def print_claims(verdicts: list[Verdict]) -> None:
    words = {True: "holds", False: "BELOW", None: "missing"}
    print(f"\n{'claim':59} {'asked':60} {'measured':22}")
    for verdict in verdicts:
        holds = words[verdict.holds]
        print(f"{verdict.claim:59} {verdict.asked:60} {verdict.measured:22} {holds}")
