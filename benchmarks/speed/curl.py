"""Posting by libcurl's multi interface, driven by its own select: the leanest client that Python has to hand."""

import io
from collections.abc import Iterable, Iterator

import pycurl

Letter = tuple[bytes, list[str]]
"""A body and its headers, each header as it stands on the wire."""


def post_all(url: str, letters: Iterable[Letter], connections: int) -> int:
    """Posts every letter, so many at once; how many were not answered with 200. Blocks until all are answered."""
    multi, rest, refused = pycurl.CurlMulti(), iter(letters), 0
    for _ in range(connections):
        _give(multi, pycurl.Curl(), url, rest)
    while True:
        running = multi.perform()[1]
        _, done, failed = multi.info_read()
        for handle, _code, _why in failed:
            refused += 1
            multi.remove_handle(handle)
            _give(multi, handle, url, rest)
        for handle in done:
            refused += handle.getinfo(pycurl.RESPONSE_CODE) != 200
            multi.remove_handle(handle)
            _give(multi, handle, url, rest)
        if done or failed:
            continue
        if not running:
            break
        multi.select(1.0)
    multi.close()
    return refused


def _give(multi: pycurl.CurlMulti, handle: pycurl.Curl, url: str, rest: Iterator[Letter]) -> None:
    letter = next(rest, None)
    if letter is None:
        return
    body, headers = letter
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.HTTPHEADER, headers)
    handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.WRITEDATA, io.BytesIO())
    multi.add_handle(handle)
