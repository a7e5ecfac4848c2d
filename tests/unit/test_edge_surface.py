"""Close looks at pixels: patterns of a screen, borders, and the networks' view of a face."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from edge_sightings import face
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.adapters.surface_cv2 import Cv2SurfaceReader, border, ripple
from edge.adapters.texture_onnx import SCALES, SIDE, MiniFasNets, view
from edge.core.screen import ScreenRule
from edge.core.texture import TextureRule
from edge.ports import Frame, Image
from faces.errors import ModelError
from faces.picture import Box

BOX: Box = (240.0, 140.0, 160.0, 200.0)
SURE = ScreenRule().ripple


def skin(seed: int = 1, size: tuple[int, int] = (480, 640)) -> Image:
    """Soft shapes of all sizes, and a sensor's noise."""
    rng = np.random.default_rng(seed)
    picture = np.full((*size, 3), 140.0)
    for sigma in (2, 5, 12, 40):
        blobs = cv2.GaussianBlur(rng.normal(size=(*size, 1)), (0, 0), sigma)
        picture += (12 * blobs / blobs.std())[..., None]
    picture += rng.normal(0, 2, picture.shape)
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def striped(picture: Image, cycles: float, angle: float, height: float) -> Image:
    """The same on a screen: fine stripes of so many cycles a pixel."""
    rows, columns = np.indices(picture.shape[:2])
    phase = 2 * np.pi * cycles * (columns * np.cos(angle) + rows * np.sin(angle))
    stripes = height * np.sin(phase)[..., None]
    return np.asarray(np.clip(picture + stripes, 0, 255), dtype=np.uint8)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("box", [BOX, (280.0, 180.0, 70.0, 90.0)], ids=["near", "far"])
def test_skin_shows_no_regular_pattern(seed: int, box: Box) -> None:
    found = ripple(skin(seed), box)

    assert found is not None
    assert found < SURE


@settings(max_examples=25, deadline=None)
@given(cycles=st.floats(0.2, 0.45), angle=st.floats(0.2, 1.3), seed=st.integers(0, 99))
def test_a_screens_stripes_are_seen_whatever_their_width_and_angle(
    cycles: float, angle: float, seed: int
) -> None:
    found = ripple(striped(skin(seed), cycles, angle, 8.0), BOX)

    assert found is not None
    assert found >= SURE


def test_the_blocks_of_a_codec_are_no_screen() -> None:
    coded = cv2.imdecode(
        cv2.imencode(".jpg", skin(), [cv2.IMWRITE_JPEG_QUALITY, 25])[1], cv2.IMREAD_COLOR
    )

    found = ripple(np.asarray(coded, dtype=np.uint8), BOX)

    assert found is not None
    assert found < SURE


@pytest.mark.parametrize("box", [(0.0, 0.0, 40.0, 60.0), (-80.0, 300.0, 63.0, 63.0)])
def test_a_face_too_small_has_no_pattern_to_see(box: Box) -> None:
    assert ripple(skin(), box) is None


def test_a_device_around_the_face_is_seen_where_its_edges_are() -> None:
    picture = skin()
    cv2.rectangle(picture, (200, 20), (450, 440), (10, 10, 10), 12)

    found = border(picture, BOX)

    assert found.joined
    assert found.left == pytest.approx(206, abs=12)
    assert found.right == pytest.approx(444, abs=12)


def test_an_even_wall_has_no_border() -> None:
    found = border(cv2.GaussianBlur(skin(), (0, 0), 6).astype(np.uint8), BOX)

    assert (found.left, found.right, found.joined) == (None, None, False)


BOXES = st.tuples(
    st.floats(-200, 700), st.floats(-200, 500), st.floats(0.5, 900), st.floats(0.5, 900)
)


@settings(max_examples=40, deadline=None)
@given(BOXES, st.sampled_from([(480, 640), (64, 64), (9, 300)]))
def test_no_box_breaks_a_close_look(box: Box, size: tuple[int, int]) -> None:
    picture = skin(3, size)
    shown = replace(face(), box=box)

    looked = Cv2SurfaceReader().look(Frame(picture, 0.0, 0), shown)

    assert looked.live is None
    for scale in SCALES.values():
        assert view(picture, box, scale).shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("grey", [0, 255])
def test_black_and_white_pictures_show_nothing(grey: int) -> None:
    picture = np.full((480, 640, 3), grey, dtype=np.uint8)

    looked = Cv2SurfaceReader().look(Frame(picture, 0.0, 0), replace(face(), box=BOX))

    assert looked.ripple is not None
    assert looked.ripple < SURE
    assert not looked.border.joined


def test_the_networks_see_as_much_around_the_face_as_they_were_trained_on() -> None:
    picture = np.zeros((480, 640, 3), dtype=np.uint8)
    picture[140:340, 240:400] = 255

    as_trained = view(picture, BOX, 2.0)
    too_wide = view(picture, BOX, 4.0)

    assert (as_trained > 127).mean() == pytest.approx(1 / 2.0**2, rel=0.08)
    # No more than the picture holds: 479 rows for a face of 200.
    assert (too_wide > 127).mean() == pytest.approx((200 / 479) ** 2, rel=0.08)


def test_a_face_at_the_edge_is_seen_with_what_lies_inside() -> None:
    picture = skin()

    left, right = view(picture, (0, 140, 80, 100), 2.7), view(picture, (-60, 140, 80, 100), 2.7)

    assert np.array_equal(left, right)


def test_a_network_that_is_no_network_is_told_with_the_command(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")

    with pytest.raises(ModelError, match=r"broken\.onnx.*doorctl models --group antispoof"):
        MiniFasNets(dict.fromkeys(SCALES, broken), {}).start()


def test_networks_that_were_not_started_do_not_guess() -> None:
    with pytest.raises(RuntimeError, match="before start"):
        MiniFasNets({}, {}).live(skin(), BOX)


@pytest.mark.data
def test_the_networks_tell_the_publishers_own_examples_apart() -> None:
    data = Path(os.environ.get("DOORWARD_DATA", ""))
    shared = data.parent / "models"
    if not (data / "stills").is_dir() or not (shared / "MiniFASNetV2.onnx").is_file():
        pytest.skip("DOORWARD_DATA has no stills, or no folder `models` beside it")
    files = {
        "minifasnet_v2": shared / "MiniFASNetV2.onnx",
        "minifasnet_v1se": shared / "MiniFASNetV1SE.onnx",
    }
    networks = MiniFasNets(files, {})
    networks.start()
    boxes: dict[str, Box] = {
        "live/t1.jpg": (116, 109, 180, 254),
        "spoof/f1.jpg": (192, 105, 192, 246),
        "spoof/f2.jpg": (138, 210, 221, 298),
    }

    sure = {
        name: networks.live(np.asarray(cv2.imread(str(data / "stills" / name)), np.uint8), box)
        for name, box in boxes.items()
    }

    rule = TextureRule()
    assert sure["live/t1.jpg"] >= rule.live
    assert max(sure["spoof/f1.jpg"], sure["spoof/f2.jpg"]) < rule.spoof
