"""What a WHIP client may say, and every bad offer of the list refused before aiortc sees it."""

import pytest

from media.webrtc.whip_sdp import checked_fragment, checked_offer, stereo_answer
from rooms.errors import HubError

FINGERPRINT = "sha-256 " + ":".join(["AB"] * 32)
OFFER = f"""v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 10.0.0.7 50000 typ host generation 0
a=candidate:2 1 udp 2122260222 8a1b.local 50001 typ host
a=end-of-candidates
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=fingerprint:{FINGERPRINT}
a=setup:actpass
a=mid:0
a=sendonly
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
"""


def test_an_offer_goes_on_without_any_address() -> None:
    offer = checked_offer(OFFER.encode())
    assert "candidate" not in offer.sdp
    assert offer.sdp.startswith("v=0\r\n")
    assert (offer.ufrag, offer.candidates) == ("EsAw", 2)
    assert offer.sdp.count("\r\n") == OFFER.count("\n") - 3


def many_candidates() -> str:
    line = "a=candidate:1 1 udp 2122260223 10.0.0.7 50000 typ host\n"
    return OFFER.replace("a=end-of-candidates\n", line * 19)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        OFFER.replace(f"a=fingerprint:{FINGERPRINT}\n", ""),
        OFFER.replace("sha-256", "md5"),
        OFFER.replace("AB:AB", "AB"),
        OFFER.replace("a=setup:actpass\n", ""),
        OFFER.replace("a=ice-ufrag:EsAw\n", ""),
        OFFER.replace("P2uYro0UCOQ4zxjKXaWCBui1", "short"),
        OFFER.replace("opus/48000/2", "PCMU/8000"),
        OFFER.replace("m=audio", "m=application"),
        OFFER.replace("a=sendonly", "a=recvonly"),
        OFFER + OFFER[OFFER.index("m=audio") :],
        OFFER.replace("s=-", "s=\0"),
        OFFER.replace("s=-", "s=" + "x" * 3_000),
        many_candidates(),
    ],
)
def test_what_is_no_offer_of_sound_is_refused(body: str) -> None:
    with pytest.raises(HubError) as refused:
        checked_offer(body.encode())
    assert (refused.value.status, refused.value.code) == (400, "BAD_SDP")


def test_a_huge_offer_is_too_large() -> None:
    with pytest.raises(HubError) as refused:
        checked_offer(OFFER.encode() + b"a=x\r\n" * 8_000)
    assert refused.value.status == 413


def test_video_may_be_offered_beside_the_sound() -> None:
    video = OFFER[OFFER.index("m=audio") :].replace("m=audio", "m=video")
    video = video.replace("opus/48000/2", "VP8/90000").replace("a=mid:0", "a=mid:1")
    assert "m=video" in checked_offer((OFFER + video).encode()).sdp


def test_trickled_candidates_are_counted() -> None:
    line = b"a=candidate:1 1 udp 2122260223 10.0.0.7 50000 typ host ufrag EsAw\r\n"
    head = b"a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\n"
    assert checked_fragment(head + line * 3, "EsAw") == 3
    assert checked_fragment(b"a=end-of-candidates\r\n", "EsAw") == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"a=ice-ufrag:Fresh\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n", 422),
        (b"", 400),
        (b"a=candidate:nonsense\r\n", 400),
        (b"a=candidate:1 1 udp 1 10.0.0.7 1 typ host\r\n" * 21, 400),
        (b"\xff\xfe", 400),
    ],
)
def test_other_fragments_are_refused(body: bytes, status: int) -> None:
    with pytest.raises(HubError) as refused:
        checked_fragment(body, "EsAw")
    assert refused.value.status == status


def test_the_answer_asks_for_stereo_once() -> None:
    answer = stereo_answer(OFFER, 160_000)
    [line] = [line for line in answer.split("\r\n") if line.startswith("a=fmtp:111")]
    assert "stereo=1;sprop-stereo=1" in line
    assert "maxaveragebitrate=160000" in line
