"""Downloads: from a server of the test's own, behind an opener."""

import hashlib
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from inference.errors import ModelUnavailableError
from inference.fetch import fetch, https_opener

CONTENT = bytes(range(256)) * 40


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT: whole, from a range, cut short, or not at all."""

    def do_GET(self):
        begin = 0
        if self.path == "/gone":
            self.send_error(404)
            return
        if "Range" in self.headers and self.path != "/no-ranges":
            begin = int(self.headers["Range"].removeprefix("bytes=").rstrip("-"))
            self.send_response(206)
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT) - begin))
        self.end_headers()
        end = 1000 if self.path == "/cut" else None
        self.wfile.write(CONTENT[begin:end])

    def log_message(self, *_):
        """Say nothing on the terminal."""


@pytest.fixture
def opener():
    """Leads https://models.test/X to a server on this machine."""
    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def open_here(request):
        path = request.full_url.removeprefix("https://models.test")
        here = urllib.request.Request(
            f"http://127.0.0.1:{server.server_port}{path}",
            headers=dict(request.headers),
        )
        return urllib.request.urlopen(here, timeout=10)

    yield open_here
    server.shutdown()
    thread.join()
    server.server_close()


def get(path, target, opener, limit=1_000_000, **more):
    return fetch(
        "m", f"https://models.test{path}", target, limit, opener=opener, **more
    )


def test_that_a_file_comes_whole_with_its_sum(tmp_path, opener):
    seen = []
    found = get("/x", tmp_path / "a" / "x", opener, progress=seen.append)
    assert found == hashlib.sha256(CONTENT).hexdigest()
    assert (tmp_path / "a" / "x").read_bytes() == CONTENT
    assert seen[-1] == len(CONTENT)
    assert not (tmp_path / "a" / "x.part").exists()


def test_that_a_download_cut_off_is_told_and_gone_on_with(tmp_path, opener):
    with pytest.raises(ModelUnavailableError, match=r"ended early .* run it again"):
        get("/cut", tmp_path / "x", opener)
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "x.part").stat().st_size == 1000
    get("/x", tmp_path / "x", opener)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_that_a_server_without_ranges_sends_it_anew(tmp_path, opener):
    (tmp_path / "x.part").write_bytes(b"old")
    get("/no-ranges", tmp_path / "x", opener)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_that_a_file_too_large_leaves_nothing(tmp_path, opener):
    with pytest.raises(ModelUnavailableError, match="larger than 100 bytes"):
        get("/x", tmp_path / "x", opener, limit=100)
    assert list(tmp_path.iterdir()) == []


def test_that_a_refusal_of_the_server_is_told(tmp_path, opener):
    with pytest.raises(ModelUnavailableError, match="the server answers 404"):
        get("/gone", tmp_path / "x", opener)


@pytest.mark.parametrize("url", ["http://a.test/x", "file:///etc/passwd", "ftp://a/x"])
def test_that_only_https_is_fetched(tmp_path, opener, url):
    with pytest.raises(ModelUnavailableError, match="only HTTPS"):
        fetch("m", url, tmp_path / "x", 10, opener=opener)


def test_that_a_redirection_away_from_https_is_refused():
    from inference.fetch import _HttpsRedirect

    request = urllib.request.Request("https://a.test/x")
    with pytest.raises(urllib.error.URLError, match="not HTTPS"):
        _HttpsRedirect().redirect_request(
            request, None, 302, "Found", {}, "http://b.test/x"
        )
    assert callable(https_opener())
