"""Runs a part of the cases of tests that are marked `sampled`: `pytest --every=N`."""

import zlib


def pytest_addoption(parser):
    parser.addoption(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="run one of N cases of tests that are marked `sampled`, always the same ones",
    )


def pytest_configure(config):
    config.addinivalue_line("markers", "sampled: many cases, each compiled; see --every")


def pytest_collection_modifyitems(config, items):
    every = config.getoption("every")
    chosen, left = [], []
    for item in items:
        is_left = item.get_closest_marker("sampled") and zlib.crc32(item.name.encode()) % every
        (left if is_left else chosen).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left)
