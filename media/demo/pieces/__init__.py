"""The demo catalog: six pieces, written out as values.

Moods lie far apart on purpose, so that a newcomer hears at once which track is on.
"""

from media.demo.pieces.copper_sky import COPPER_SKY
from media.demo.pieces.first_light import FIRST_LIGHT
from media.demo.pieces.harbour_steps import HARBOUR_STEPS
from media.demo.pieces.night_tram import NIGHT_TRAM
from media.demo.pieces.paper_lanterns import PAPER_LANTERNS
from media.demo.pieces.slow_orbit import SLOW_ORBIT

PIECES = (FIRST_LIGHT, PAPER_LANTERNS, NIGHT_TRAM, HARBOUR_STEPS, COPPER_SKY, SLOW_ORBIT)
