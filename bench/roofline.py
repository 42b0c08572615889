"""Draws bench.json as a roofline: operations per byte against operations per second.

The roofs are the limits as measured on one thread: slopes are bandwidths, levels are
rates of instructions. Each one-thread case of scope `op` is a point at 2 M operations
per packed bit of a weight; how far it stays below the lower of its roofs is what its
share in the table says.
"""

import math
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1120, 760
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 50, 60
SLOPES = {"l2_gbs": "L2", "l3_gbs": "L3", "dram_gbs": "DRAM"}
LEVELS = {
    "amx_int8_gops": "AMX int8",
    "fma_gflops": "f32 FMA",
    "popcnt_gops": "popcount",
    "vpdpbusd_gops": "vpdpbusd",
}
COLORS = {
    "binary": "#7b3294",
    "ternary": "#d7191c",
    "int2": "#e6852a",
    "int3": "#b8860b",
    "int4": "#1a9641",
    "int8": "#2b6cb0",
    "bf16": "#5f9ea0",
    "f32": "#444444",
}
OTHER_COLOR = "#999999"
FONT = 'font-family="sans-serif"'
CHARACTER, LINE = 6.2, 12
NAMED, OTHERS = 4.5, 2.8  # radius of marks


class Point(NamedTuple):
    """A case: `x` operations per byte, `y` 1e9 operations per second."""

    x: float
    y: float
    row: dict


class Axes(NamedTuple):
    """Both logarithmic; the smallest and largest values."""

    x: tuple[float, float]
    y: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        def share(value: float, ends: tuple[float, float]) -> float:
            return math.log(value / ends[0]) / math.log(ends[1] / ends[0])

        width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return LEFT + width * share(x, self.x), TOP + height * (1 - share(y, self.y))


class Labels:
    """Texts beside points, each only where it covers no other."""

    def __init__(self) -> None:
        self._boxes: list[tuple[float, float, float, float]] = []

    def place(self, x: float, y: float, text: str) -> str:
        width = CHARACTER * len(text)
        for left, top in ((x + 7, y - 6), (x - 7 - width, y - 6), (x + 5, y - 18), (x + 5, y + 6)):
            box = (left, top, left + width, top + LINE)
            inside = left >= LEFT and box[2] < WIDTH - RIGHT
            if inside and not any(overlaps(box, other) for other in self._boxes):
                self._boxes.append(box)
                at = f'x="{left:.1f}" y="{top + 10:.1f}"'
                return f'<text {at} font-size="11" {FONT} fill="#333">{escape(text)}</text>'
        return ""

    def keep_clear(self, x: float, y: float) -> None:
        self._boxes.append((x - 4, y - 4, x + 4, y + 4))


def overlaps(one, other) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def list_points(document: dict) -> list[Point]:
    points = []
    for row in document["rows"]:
        if row["threads"] != 1 or row["scope"] != "op":
            continue
        operations = 2 * row["m"] * row["n"] * row["k"]
        rate = operations / row["median_us"] * 1e-3
        points.append(Point(operations / row["packed_bytes"], rate, row))
    return points


def fit_axes(points: list[Point], limits: dict) -> Axes:
    """Whole decades around all points and roofs."""
    xs = [point.x for point in points] or [1.0]
    ys = [point.y for point in points] + [limits[name] for name in LEVELS if limits.get(name)]

    def decades(values: list[float]) -> tuple[float, float]:
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        return 10.0**low, 10.0 ** max(high, low + 1)

    return Axes(decades(xs), decades(ys or [1.0]))


def draw_line(start, end, style: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def draw_text(x: float, y: float, text: str, style: str = "") -> str:
    style = style or 'font-size="12"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {FONT} {style}>{escape(text)}</text>'


def draw_grid(axes: Axes) -> list[str]:
    parts = []
    (x0, x1), (y0, y1) = axes
    for power in range(round(math.log10(x0)), round(math.log10(x1)) + 1):
        x, y = axes.place(10.0**power, y0)
        parts.append(draw_line((x, TOP), (x, y), 'stroke="#e4e4e4"'))
        parts.append(
            draw_text(x, y + 18, f"{10.0**power:g}", 'font-size="12" text-anchor="middle"')
        )
    for power in range(round(math.log10(y0)), round(math.log10(y1)) + 1):
        x, y = axes.place(x0, 10.0**power)
        parts.append(draw_line((x, y), (WIDTH - RIGHT, y), 'stroke="#e4e4e4"'))
        parts.append(
            draw_text(x - 8, y + 4, f"{10.0**power:g}", 'font-size="12" text-anchor="end"')
        )
    middle_x, middle_y = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    style = 'font-size="13" text-anchor="middle"'
    parts.append(draw_text(middle_x, HEIGHT - 18, "operations per byte of packed weights", style))
    turned = f'{style} transform="rotate(-90 22 {middle_y:.1f})"'
    parts.append(draw_text(22, middle_y, "1e9 operations per second", turned))
    return parts


def draw_roofs(axes: Axes, limits: dict) -> list[str]:
    """Slopes up to the highest level, levels from where the fastest cache reaches them."""
    parts = []
    (x0, x1), (y0, y1) = axes
    rates = {name: limits[name] for name in LEVELS if limits.get(name)}
    slopes = {name: limits[name] for name in SLOPES if limits.get(name)}
    top = max(rates.values(), default=y1)
    for name, slope in slopes.items():
        first, last = max(x0, y0 / slope), min(x1, top / slope)
        if first >= last:
            continue
        start = axes.place(first, slope * first)
        parts.append(
            draw_line(start, axes.place(last, slope * last), 'stroke="#888" stroke-width="1.5"')
        )
        text = f"{SLOPES[name]} {slope:.0f} GB/s"
        turn = f"rotate({find_angle(axes):.1f} {start[0]:.1f} {start[1]:.1f})"
        at = f'font-size="12" fill="#555" transform="{turn}"'
        parts.append(draw_text(start[0] + 12, start[1] - 5, text, at))
    fastest = max(slopes.values(), default=y1)
    for name, rate in rates.items():
        start = axes.place(min(max(x0, rate / fastest), x1), rate)
        end = axes.place(x1, rate)
        parts.append(draw_line(start, end, 'stroke="#888" stroke-width="1.5"'))
        text = f"{LEVELS[name]} {rate:.0f}"
        parts.append(draw_text(end[0] + 8, end[1] + 4, text, 'font-size="12" fill="#555"'))
    return parts


def find_angle(axes: Axes) -> float:
    """Of a slope, in degrees: one decade to the right is one decade up."""
    (x0, y0), (x1, y1) = (
        axes.place(axes.x[0], axes.y[0]),
        axes.place(axes.x[0] * 10, axes.y[0] * 10),
    )
    return math.degrees(math.atan2(y1 - y0, x1 - x0))


def draw_mark(x: float, y: float, row: dict, radius: float) -> str:
    """A circle of 8-bit activations, a square of floats, a diamond of anything less."""
    title = f"<title>{escape(describe(row))}</title>"
    style = f'fill="{COLORS.get(row["encoding"], OTHER_COLOR)}" stroke="white" stroke-width="0.7"'
    if row["activation"] == "int8":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" {style}>{title}</circle>'
    turn = "" if row["activation"] == "float" else f' transform="rotate(45 {x:.1f} {y:.1f})"'
    corner = f'x="{x - 0.9 * radius:.1f}" y="{y - 0.9 * radius:.1f}"'
    size = f'width="{1.8 * radius:.1f}" height="{1.8 * radius:.1f}"'
    return f"<rect {corner} {size} {style}{turn}>{title}</rect>"


def describe(row: dict) -> str:
    share = "" if row["bound_by"] is None else f", {row['share']:.0%} of {row['bound_by']}"
    return f"{row['case']}: {row['median_us']:.1f} us{share}"


def draw_legend(rows: list[dict]) -> list[str]:
    parts = []
    schemes = [name for name in COLORS if any(row["encoding"] == name for row in rows)]
    shapes = [("int8", "8-bit activations"), ("float", "float"), ("binary", "binary, ternary")]
    marks = [({"encoding": name, "activation": "int8"}, name) for name in schemes]
    marks += [({"encoding": "", "activation": name}, text) for name, text in shapes]
    for index, (mark, text) in enumerate(marks):
        y = TOP + 320 + 18 * index
        whole = {"case": text, "median_us": 0.0, "bound_by": None, **mark}
        parts.append(draw_mark(WIDTH - RIGHT + 20, y - 4, whole, NAMED))
        parts.append(draw_text(WIDTH - RIGHT + 32, y, text))
    return parts


def draw_points(axes: Axes, points: list[Point]) -> list[str]:
    """Marks, and names of the commonest shape where there is room.

    Short names come first: they are the plain encodings.
    """
    labels, marks, texts = Labels(), [], []
    ordered = sorted(points, key=lambda point: (len(point.row["case"]), -point.y))
    shapes = [point.row["case"].split("/")[1] for point in ordered]
    named = max(shapes, key=shapes.count, default="")
    places = [axes.place(point.x, point.y) for point in ordered]
    for place in places:
        labels.keep_clear(*place)
    for point, shape, (x, y) in zip(ordered, shapes, places):
        marks.append(draw_mark(x, y, point.row, NAMED if shape == named else OTHERS))
        if shape == named:
            encoding, _, m = point.row["case"].split("/")[:3]
            start = " cold" if "/cold/" in point.row["case"] else ""
            texts.append(labels.place(x, y, f"{encoding} {m}{start}"))
    return marks + [text for text in texts if text]


def draw(document: dict) -> str:
    """The whole picture as SVG."""
    limits, points = document["limits"], list_points(document)
    axes = fit_axes(points, limits)
    target = next((row["target"] for row in document["rows"]), "")
    title = f"Lowbit on one core, {target}: f32 in, f32 out"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        '<rect width="100%" height="100%" fill="white"/>',
        draw_text(LEFT, 30, title, 'font-size="16" font-weight="bold"'),
        *draw_grid(axes),
        *draw_roofs(axes, limits),
        *draw_points(axes, points),
        *draw_legend([point.row for point in points]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
