"""The WebRTC doors: WHIP for publishers, WHEP for listeners who cannot wait."""
