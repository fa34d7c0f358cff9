"""Places and distances, against published figures."""

import pytest
from contracts.values import Position
from field.geodesy import GCJ_02, distance_metres, in_gcj_02, in_wgs_84
from hypothesis import given
from hypothesis import strategies as st

# The test points of eviltransform (github.com/googollee/eviltransform): WGS-84, then GCJ-02.
PUBLISHED = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
]


@pytest.mark.parametrize("point", PUBLISHED)
def test_gcj_02_agrees_with_the_published_points(point: tuple[float, ...]) -> None:
    latitude, longitude, north, east = point
    shown = in_gcj_02(Position(latitude=latitude, longitude=longitude))
    assert shown.latitude == pytest.approx(north, abs=1e-6)
    assert shown.longitude == pytest.approx(east, abs=1e-6)


@given(latitude=st.floats(18, 53), longitude=st.floats(74, 134))
def test_there_and_back_is_the_same_place(latitude: float, longitude: float) -> None:
    place = Position(latitude=latitude, longitude=longitude)
    assert distance_metres(place, in_wgs_84(in_gcj_02(place))) < 0.01


def test_one_place_in_two_datums_is_no_distance() -> None:
    place = Position(latitude=39.911954, longitude=116.377817)
    shown = in_gcj_02(place)
    unconverted = Position(latitude=shown.latitude, longitude=shown.longitude)
    assert distance_metres(place, shown) < 0.01
    assert distance_metres(place, unconverted) > 300


def test_outside_china_the_datums_are_one() -> None:
    paris = Position(latitude=48.8566, longitude=2.3522)
    shown = in_gcj_02(paris)
    assert (shown.latitude, shown.longitude, shown.datum) == (48.8566, 2.3522, GCJ_02)


def test_a_degree_of_latitude_is_111_195_metres() -> None:
    south, north = Position(latitude=0, longitude=0), Position(latitude=1, longitude=0)
    assert distance_metres(south, north) == pytest.approx(111_195, abs=1)
