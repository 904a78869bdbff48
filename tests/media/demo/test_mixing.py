import numpy as np
import pytest
from msgspec.structs import replace

from media.demo.drums import drum
from media.demo.instruments import RATE_HZ, VOICES
from media.demo.mixing import CEILING, TARGET_LUFS, loudness_lufs, record
from media.demo.pieces import PIECES
from media.demo.pieces.copper_sky import COPPER_SKY
from tests.media.signals import rms, sine

DRUMS = {hit.drum for p in PIECES if p.groove for hit in (*p.groove.hits, *p.groove.fill)}


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("midi", [40, 60, 84])
def test_every_voice_sounds_at_its_pitch_and_ends_in_silence(voice: str, midi: int) -> None:
    sound = VOICES[voice](midi, 1.0)
    assert sound.dtype == np.float32
    assert sound.shape[0] == 2
    assert 0.02 < rms(sound) < 0.4
    assert np.abs(sound[:, -20:]).max() < 0.01
    spectrum = np.abs(np.fft.rfft(sound[0, :RATE_HZ] * np.hanning(RATE_HZ)))
    hz = 440 * 2 ** ((midi - 69) / 12)
    near = slice(int(hz * 0.97), int(hz * 1.03) + 2)
    assert spectrum[near].max() > 0.15 * spectrum[30:].max()


@pytest.mark.parametrize("name", sorted(DRUMS | {"crash", "clap"}))
def test_every_drum_is_a_short_sound_of_many_frequencies(name: str) -> None:
    sound = drum(name)
    assert sound.shape[1] < 3 * RATE_HZ
    assert 0.1 < np.abs(sound).max() < 1.3
    assert np.abs(sound[:, -10:]).max() < 0.05


def test_an_unknown_drum_is_an_error() -> None:
    with pytest.raises(LookupError):
        drum("triangle")


def test_a_recording_is_music_at_the_usual_loudness() -> None:
    short = replace(COPPER_SKY, sections=COPPER_SKY.sections[1:3])
    sound = record(short)
    assert sound.shape == (2, pytest.approx((24 * 4 * 60 / 122 + 3.5) * RATE_HZ, abs=2))
    assert loudness_lufs(sound) == pytest.approx(TARGET_LUFS, abs=0.4)
    assert np.abs(sound).max() <= CEILING
    assert np.isfinite(sound).all()
    middle, side = (sound[0] + sound[1]) / 2, (sound[0] - sound[1]) / 2
    assert -20 < 10 * np.log10((side**2).mean() / (middle**2).mean()) < -1
    # Neither a beep nor hiss: every octave from the bass to the cymbals has its share.
    spectrum = np.abs(np.fft.rfft(middle[: 20 * RATE_HZ])) ** 2
    octaves = [spectrum[20 * hz : 40 * hz].sum() for hz in (60, 125, 250, 500, 1_000, 2_000, 4_000)]
    levels_db = 10 * np.log10(np.array(octaves) / max(octaves))
    assert levels_db.min() > -30


def test_the_meter_agrees_with_the_standard() -> None:
    assert loudness_lufs(sine(10.0, hz=1_000)) == pytest.approx(-23.0, abs=0.1)
