"""What a WHIP or WHEP client may say (RFC 9725, RFC 8840), checked before aiortc sees it.

aiortc takes an offer without a fingerprint, contacts any address that a candidate names and needs
seconds for thousands of them. So an offer is read here first, and what goes on holds no candidates
at all: the hub only answers those who reach it with the right ICE password, like an ICE-lite agent,
and can be sent to knock at nobody's door.
"""

import re

from msgspec import Struct

from rooms.errors import Invalid, TooLarge

MAX_SDP_BYTES = 32 * 1024
MAX_MEDIA = 2
MAX_CANDIDATES = 20
MAX_LINE_CHARS = 2_048

_FINGERPRINT = re.compile(r"(?i:sha-256) [0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}", re.ASCII)
_ICE_WORD = re.compile(r"[A-Za-z0-9+/]{4,256}", re.ASCII)
_OPUS = re.compile(r"a=rtpmap:([0-9]{1,3}) opus/48000/2", re.IGNORECASE | re.ASCII)
_CANDIDATE = re.compile(
    r"a=candidate:[A-Za-z0-9+/]{1,32} [1-9][0-9]{0,2} [A-Za-z]{3,7} [0-9]{1,10}"
    r" [0-9A-Za-z.:-]{1,255} [0-9]{1,5} typ [a-z]{3,8}(?: .{0,512})?",
    re.ASCII,
)


class Offer(Struct, frozen=True):
    """An offer that aiortc may see."""

    sdp: str
    """Without candidates."""
    ufrag: str
    """ICE user name of the client, by which a restart is recognised."""
    candidates: int
    """How many it named."""


def checked_offer(body: bytes, *, hears: bool = False) -> Offer:
    """The offer in `body`: of one who sends, or with `hears` of one who wants to listen.

    Raises:
        TooLarge: more than 32 KiB.
        Invalid: BAD_SDP, with what is wrong: it is no offer of Opus sound over DTLS-SRTP.
    """
    lines = _lines(body)
    if not lines or lines[0] != "v=0":
        raise _bad("it does not begin with v=0")
    kinds = [line[2:].partition(" ")[0] for line in lines if line.startswith("m=")]
    if not 1 <= len(kinds) <= MAX_MEDIA:
        raise _bad(f"it has {len(kinds)} media sections, not one or two")
    if kinds.count("audio") != 1 or not set(kinds) <= {"audio", "video"}:
        raise _bad("it has to offer exactly one sound")
    session, *media = _sections(lines)
    for kind, section in zip(kinds, media, strict=True):
        _check_section(kind, session, section, hears)
    candidates = sum(line.startswith("a=candidate:") for line in lines)
    if candidates > MAX_CANDIDATES:
        raise _bad(f"it names more than {MAX_CANDIDATES} candidates")
    kept = [line for line in lines if _may_go_on(line)]
    ufrag = next(line[12:] for line in lines if line.startswith("a=ice-ufrag:"))
    return Offer("\r\n".join(kept) + "\r\n", ufrag, candidates)


def checked_fragment(body: bytes, ufrag: str) -> int:
    """How many candidates a trickled fragment names; they are counted and not used.

    Raises:
        TooLarge: more than 32 KiB.
        Invalid: BAD_SDP; ICE_RESTART (422) when it begins a new ICE session, which cannot be done.
    """
    lines = _lines(body)
    if not lines:
        raise _bad("it is empty")
    count = 0
    for line in lines:
        if line.startswith("a=ice-ufrag:") and line[12:] != ufrag:
            raise Invalid("ICE cannot be restarted here. Publish anew.", "ICE_RESTART", status=422)
        if line.startswith("a=candidate:"):
            if _CANDIDATE.fullmatch(line) is None:
                raise _bad("a candidate is malformed")
            count += 1
    if count > MAX_CANDIDATES:
        raise _bad(f"it names more than {MAX_CANDIDATES} candidates")
    return count


def stereo_answer(sdp: str, max_bitrate_bps: int) -> str:
    """The answer of aiortc with the wish for stereo music; without it browsers send mono speech."""
    lines = sdp.splitlines()
    opus = next((found for line in lines if (found := _OPUS.fullmatch(line))), None)
    if opus is None:
        raise _bad("it offers no Opus")
    wish = f"stereo=1;sprop-stereo=1;maxaveragebitrate={max_bitrate_bps};useinbandfec=1;usedtx=0"
    fmtp = f"a=fmtp:{opus[1]} "
    answered: list[str] = []
    for line in lines:
        if line.startswith(fmtp):
            continue
        answered.append(line)
        if line == opus[0]:
            answered.append(f"{fmtp}{wish}")
    return "\r\n".join(answered) + "\r\n"


def _check_section(kind: str, session: list[str], section: list[str], hears: bool) -> None:
    """Fingerprint, role and ICE credentials stand in the section or before all of them."""
    fingerprints = _values("a=fingerprint:", section) or _values("a=fingerprint:", session)
    strong = [value for value in fingerprints if _is_strong(value)]
    if not strong or any(_FINGERPRINT.fullmatch(value) is None for value in strong):
        raise _bad("it needs a sha-256 fingerprint")
    setup = _values("a=setup:", section) or _values("a=setup:", session)
    if setup not in (["actpass"], ["active"], ["passive"]):
        raise _bad("a=setup is missing")
    for name, least in (("a=ice-ufrag:", 4), ("a=ice-pwd:", 22)):
        words = _values(name, section) or _values(name, session)
        if len(words) != 1 or len(words[0]) < least or _ICE_WORD.fullmatch(words[0]) is None:
            raise _bad(f"{name[2:-1]} is missing or malformed")
    if kind == "audio":
        if not any(_OPUS.fullmatch(line) for line in section):
            raise _bad("it offers no Opus")
        ways = set(section) & {"a=recvonly", "a=sendonly", "a=inactive"}
        if hears and ways - {"a=recvonly"}:
            raise _bad("it does not want to hear")
        if not hears and ways - {"a=sendonly"}:
            raise _bad("it wants to hear, not to send")


def _may_go_on(line: str) -> bool:
    """Of several fingerprints the sha-256 one is to be checked, and no address is to be known."""
    if line.startswith("a=fingerprint:"):
        return _is_strong(line[14:])
    return not line.startswith(("a=candidate:", "a=end-of-candidates"))


def _is_strong(fingerprint: str) -> bool:
    return fingerprint.lower().startswith("sha-256 ")


def _lines(body: bytes) -> list[str]:
    if len(body) > MAX_SDP_BYTES:
        raise TooLarge(f"A session description is at most {MAX_SDP_BYTES // 1024} KiB.")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _bad("it is not UTF-8") from None
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    if any(len(line) > MAX_LINE_CHARS or not line.isprintable() for line in lines):
        raise _bad("a line is too long or holds control characters")
    return lines


def _sections(lines: list[str]) -> list[list[str]]:
    """What stands before the first `m=`, then each media section."""
    sections: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _values(name: str, lines: list[str]) -> list[str]:
    return [line[len(name) :] for line in lines if line.startswith(name)]


def _bad(why: str) -> Invalid:
    return Invalid(f"This is no session description that can be used: {why}.", "BAD_SDP")
