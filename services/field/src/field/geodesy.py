"""Places on earth: one datum to measure in, and distances.

China's maps use GCJ-02, satellites WGS-84; the two differ by up to 700 m inside China, more than
any fence. GCJ-02 is not published officially: these are the constants of the widely used
reconstruction (`eviltransform`, github.com/googollee/eviltransform), accurate to about a metre.
"""

from math import asin, cos, pi, radians, sin, sqrt

from contracts.values import Position

WGS_84, GCJ_02 = "WGS-84", "GCJ-02"
DATUMS = (WGS_84, GCJ_02)

MEAN_EARTH_RADIUS_METRES = 6_371_008.8  # IUGG mean radius R1

# Krasovsky 1940, the ellipsoid that GCJ-02 is computed on.
_SEMI_MAJOR_AXIS = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_CLOSE_ENOUGH_DEGREES = 1e-9


def distance_metres(one: Position, other: Position) -> float:
    """The great-circle distance (haversine formula), both places brought to WGS-84 first."""
    a, b = in_wgs_84(one), in_wgs_84(other)
    north = radians(b.latitude - a.latitude)
    east = radians(b.longitude - a.longitude)
    chord = (
        sin(north / 2) ** 2
        + cos(radians(a.latitude)) * cos(radians(b.latitude)) * sin(east / 2) ** 2
    )
    return 2 * MEAN_EARTH_RADIUS_METRES * asin(sqrt(min(1.0, chord)))


def in_wgs_84(place: Position) -> Position:
    """The same place in WGS-84. The way back has no closed form: it is iterated."""
    if place.datum == WGS_84 or not _is_in_china(place.latitude, place.longitude):
        return Position(latitude=place.latitude, longitude=place.longitude, datum=WGS_84)
    latitude, longitude = place.latitude, place.longitude
    for _ in range(10):
        north, east = _offset(latitude, longitude)
        off_north = latitude + north - place.latitude
        off_east = longitude + east - place.longitude
        latitude -= off_north
        longitude -= off_east
        if abs(off_north) < _CLOSE_ENOUGH_DEGREES and abs(off_east) < _CLOSE_ENOUGH_DEGREES:
            break
    return Position(latitude=latitude, longitude=longitude, datum=WGS_84)


def in_gcj_02(place: Position) -> Position:
    """The same place as China's maps show it; outside China the two datums are one."""
    if place.datum == GCJ_02 or not _is_in_china(place.latitude, place.longitude):
        return Position(latitude=place.latitude, longitude=place.longitude, datum=GCJ_02)
    north, east = _offset(place.latitude, place.longitude)
    return Position(latitude=place.latitude + north, longitude=place.longitude + east, datum=GCJ_02)


def _is_in_china(latitude: float, longitude: float) -> bool:
    """The rectangle that the reconstruction uses; it takes in some of the neighbours as well."""
    return 0.8293 <= latitude <= 55.8271 and 72.004 <= longitude <= 137.8347


def _offset(latitude: float, longitude: float) -> tuple[float, float]:
    """By how many degrees GCJ-02 lies north and east of a WGS-84 place."""
    x, y = longitude - 105.0, latitude - 35.0
    root = sqrt(abs(x))
    wave = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    angle = radians(latitude)
    magic = 1.0 - _ECCENTRICITY_SQUARED * sin(angle) ** 2
    meridian = _SEMI_MAJOR_AXIS * (1.0 - _ECCENTRICITY_SQUARED) / (magic * sqrt(magic))
    parallel = _SEMI_MAJOR_AXIS / sqrt(magic) * cos(angle)
    return north * 180.0 / (meridian * pi), east * 180.0 / (parallel * pi)
