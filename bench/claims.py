"""Compares what was measured with what is asked for: claims.json.

Each claim names a case and has one of these bounds:

  at_most_us, of         microseconds on a machine whose limits the file has; elsewhere
                         the same share of the limit `of`, or, where the machine lacks
                         that, of the limit that binds the case
  at_least_share         of the limit that binds the case
  at_least_ratio, or     of a pair; with `beside`, of that case's time to this one's;
  at_most_ratio          with `peer`, of the time of that library's newest version, in its
                         fastest variant, to this one's

A run is judged by its own limits, and a claim by the median of the runs.
"""

import json
import statistics
from pathlib import Path
from typing import NamedTuple, Optional

TABLE = Path(__file__).resolve().parent / "claims.json"


class Figure(NamedTuple):
    """What one run says: `measured` against `bound`, in microseconds, a share or a ratio."""

    measured: float
    bound: float
    limit: str = ""


class Verdict(NamedTuple):
    """Medians of the runs. `reached` is a fraction of the bound: 1 and more hold.

    `holds` is None where the case was not measured.
    """

    claim: str
    asked: str
    here: str = ""
    measured: str = "not measured"
    reached: Optional[float] = None
    lowest: Optional[float] = None
    highest: Optional[float] = None
    holds: Optional[bool] = None


def read_table() -> dict:
    return json.loads(TABLE.read_text(encoding="utf-8"))


def list_cases(table: dict) -> list[str]:
    """All that claims are about, whichever the target."""
    cases = {claim.get(key) for claim in table["claims"] for key in ("case", "beside")}
    return sorted(filter(None, cases))


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


def find_newest_peer(document: dict, case: str, library: str) -> Optional[dict]:
    """The fastest variant of the newest version of a library."""

    def version(row: dict) -> list[int]:
        return [int(number) for number in row["version"].split(".")]

    rows = [row for row in document.get("peers", []) if row["case"] == case]
    rows = [row for row in rows if row["name"].startswith(library)]
    newest = max(map(version, rows), default=None)
    rows = [row for row in rows if version(row) == newest]
    return min(rows, key=lambda row: row["ratio"], default=None)


def measure_ratio(document: dict, claim: dict) -> Optional[float]:
    if "peer" in claim:
        row = find_newest_peer(document, claim["case"], claim["peer"])
        return row and row["ratio"]
    if "beside" in claim:
        row = find_row(document, claim["case"], claim.get("target"))
        beside = find_row(document, claim["beside"], claim.get("target"))
        return beside["median_us"] / row["median_us"] if row and beside else None
    row = find(document["pairs"], case=claim["case"])
    return row and row["ratio"]


def find_figure(document: dict, claim: dict, reference: dict) -> Optional[Figure]:
    """Of one run; None where the case was not measured or no limit binds it."""
    if "at_least_ratio" in claim or "at_most_ratio" in claim:
        ratio = measure_ratio(document, claim)
        bound = claim.get("at_least_ratio") or claim["at_most_ratio"]
        return None if ratio is None else Figure(ratio, bound)
    row = find_row(document, claim["case"], claim.get("target"))
    if row is None or row["bound_by"] is None:
        return None
    if "at_least_share" in claim:
        return Figure(row["share"], claim["at_least_share"], row["bound_by"])
    limits = document["limits_by_threads"][str(row["threads"])]
    limit = claim["of"] if limits.get(claim["of"]) else row["bound_by"]
    bound = claim["at_most_us"] * reference[claim["of"]] / limits[limit]
    return Figure(row["median_us"], bound, limit)


def judge_claim(claim: dict, documents: list[dict], reference: dict) -> Verdict:
    (kind,) = claim.keys() & {"at_most_us", "at_least_share", "at_least_ratio", "at_most_ratio"}
    is_least = kind.startswith("at_least")
    form = {"us": "{:.1f} us", "share": "{:.1%}", "ratio": "{:.3f} x"}[kind.rsplit("_", 1)[1]]
    words = (claim["case"], claim.get("target"), claim.get("peer"))
    asked = f"at {'least' if is_least else 'most'} {form.format(claim[kind])}"
    asked += f" of {claim['of']}" if "of" in claim else ""
    verdict = Verdict(" ".join(filter(None, words)), asked)

    figures = [find_figure(document, claim, reference) for document in documents]
    figures = [figure for figure in figures if figure is not None]
    if not figures:
        return verdict
    reached = [f.measured / f.bound if is_least else f.bound / f.measured for f in figures]
    limits = {figure.limit for figure in figures} - {""}
    here = form.format(statistics.median(figure.bound for figure in figures))
    here += f" of {', '.join(sorted(limits))}" if limits else ""
    return verdict._replace(
        here=here,
        measured=form.format(statistics.median(figure.measured for figure in figures)),
        reached=statistics.median(reached),
        lowest=min(reached),
        highest=max(reached),
        holds=statistics.median(reached) >= 1,
    )


def judge(documents: list[dict], table: dict, selects=lambda case: True) -> list[Verdict]:
    """A verdict for each claim of `table` by the results in `documents`, one of each run.

    `selects` tells of the name of a case whether it is asked for.
    """
    return [
        judge_claim(claim, documents, table["limits"])
        for claim in table["claims"]
        if selects(claim["case"])
    ]


def print_claims(verdicts: list[Verdict]) -> None:
    words = {True: "holds", False: "BELOW", None: "missing"}
    print(
        f"\n{'claim':56} {'asked':36} {'which is here':26} {'measured':>12}"
        f" {'reached':>8} {'in the runs':>12}"
    )
    for verdict in verdicts:
        line = f"{verdict.claim:56} {verdict.asked:36} {verdict.here:26} {verdict.measured:>12}"
        if verdict.reached is not None:
            runs = f"{verdict.lowest:.0%}-{verdict.highest:.0%}"
            line += f" {verdict.reached:8.1%} {runs:>12}"
        print(f"{line} {words[verdict.holds]}")
