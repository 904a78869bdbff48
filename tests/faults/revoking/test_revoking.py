"""An ended sign-in and a member put out lose their open sockets in time, Redis or no Redis."""

import pytest

from tests.faults.revoking.trial import check_revoking, measure_revoking

pytestmark = [pytest.mark.timeout(120), pytest.mark.slow]


@pytest.mark.parametrize("with_redis", [True, False])
async def test_nobody_is_obeyed_after_his_end(with_redis: bool) -> None:
    measured = await measure_revoking(30, with_redis=with_redis)

    assert check_revoking(measured, with_redis=with_redis) == [], measured
    assert (measured.sockets, measured.revoked) == (30, 24)
    assert measured.closed.count == 18
