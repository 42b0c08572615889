"""Runs a part of the cases of tests that are marked `sampled`: `pytest --every=N`."""

import zlib


def pytest_addoption(parser):
    parser.addoption(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="run one of N cases of tests that are marked `sampled`, always the same ones, and"
        " where cases have several arguments, each of these at least once",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "sampled: many cases, each compiled; see --every")


def get_arguments(item):
    """The arguments of a case that has several: test, name and value of each."""
    call = getattr(item, "callspec", None)
    values = call.params.items() if call and len(call.params) > 1 else []
    return {(item.location[0], item.originalname, name, repr(value)) for name, value in values}


def pytest_collection_modifyitems(config, items):
    every = config.getoption("every")
    seen = set()

    def is_chosen(item):
        return not item.get_closest_marker("sampled") or zlib.crc32(item.name.encode()) % every == 0

    for item in filter(is_chosen, items):
        seen |= get_arguments(item)
    chosen, left = [], []
    for item in items:
        is_new = not get_arguments(item) <= seen
        seen |= get_arguments(item)
        (chosen if is_new or is_chosen(item) else left).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left)
