"""An S3 API on this machine (moto), for whatever keeps objects."""

from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer

from storage.objects.objects import BucketSpec


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a fresh S3 service on a free port."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def bucket_at(endpoint_url: str, name: str) -> BucketSpec:
    """A bucket of that service; it is created when it is opened."""
    return BucketSpec(name, endpoint_url, access_key_id="test", secret_access_key="test")
