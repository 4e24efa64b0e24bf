"""What the brain network is worth: pure functions on its outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from inference.model_card import Code
from inference.model_outputs import SegmentSpec
from inference.preprocess import Placement, prepare
from inference.segments import image_mask
from learning.brain_slices import BrainSlice
from learning.dice import (
    box_overlap,
    centre_inside,
    dice,
    grouped_interval,
    largest_part,
    mask_box,
)
from learning.train_brain import INPUT, to_tensor
from studies.model import Float32Array

THRESHOLDS = tuple(round(0.1 + 0.05 * step, 2) for step in range(17))
MINIMUM_CELLS = 4
"""Marks of fewer cells of the 112 x 112 grid are left out: 4 cells are some 4 x 4
pixels of a slice of 224, less than the smallest tumour of the training slices."""
TUMOUR = Code("SCT", "108369006", "Neoplasm")


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """What the network gives for some slices, all aligned.

    Attributes
    ----------
    logits : (n, types)
    features : (n, channels)
    peaks : (n, types)
        Greatest contribution of a grid cell to the logit.
    masks : (n, rows, columns)
        Logits.
    placements : n
    """

    logits: Float32Array
    features: Float32Array
    peaks: Float32Array
    masks: Float32Array
    placements: tuple[Placement, ...]


@torch.inference_mode()
def run_network(
    network: nn.Module,
    images: Sequence[NDArray[np.uint8]],
    progress: Callable[[int, int], None] | None = None,
    batch: int = 16,
) -> Results:
    """Run the network over images as in use, (rows, columns) uint8 each."""
    kept: dict[str, torch.Tensor] = {}
    hook = network.get_submodule("attended").register_forward_hook(
        lambda _module, _inputs, output: kept.update(maps=output)
    )
    weight = network.get_submodule("head").get_parameter("weight")
    parts: list[tuple[Float32Array, ...]] = []
    placements: list[Placement] = []
    for start in range(0, len(images), batch):
        films = []
        for image in images[start : start + batch]:
            film, crop = prepare(image.astype(np.float32) / 255.0, INPUT)
            films.append(film)
            grid = (INPUT.rows // 2, INPUT.columns // 2)
            rows, columns = image.shape
            placements.append(Placement(rows, columns, crop, grid))
        outputs = network(to_tensor(np.stack(films)))
        maps = kept["maps"]
        peaks = torch.einsum("nchw,kc->nkhw", maps, weight).flatten(2).amax(2)
        given = (outputs["logits"], maps.mean((2, 3)), peaks, outputs["mask"][:, 0])
        parts.append(tuple(value.numpy() for value in given))
        if progress is not None:
            progress(len(placements), len(images))
    hook.remove()
    logits, features, most, masks = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    return Results(logits, features, most, masks, tuple(placements))


def segment_spec(threshold: float) -> SegmentSpec:
    """Return the bare spec of the tumour's plane."""
    return SegmentSpec("tumour", "Tumour", TUMOUR, threshold, MINIMUM_CELLS)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How a mask at one threshold agrees with box and mask, (n,) each.

    NaN where there is no box, or no mask.
    """

    dice: NDArray[np.float64]
    overlap: NDArray[np.float64]
    centre: NDArray[np.float64]
    area_ratio: NDArray[np.float64]


def agreement(
    slices: Sequence[BrainSlice], results: Results, threshold: float
) -> Agreement:
    """Compare the marks at a threshold with what is known of the slices."""
    spec = segment_spec(threshold)
    rows = [
        _agreement(item, image_mask(logits, spec, placement))
        for item, logits, placement in zip(
            slices, results.masks, results.placements, strict=True
        )
    ]
    return Agreement(*np.array(rows, np.float64).reshape(-1, 4).T)


def _agreement(item: BrainSlice, mask: NDArray[np.bool_]) -> tuple[float, ...]:
    nan = float("nan")
    shared = ratio = overlap = centre = nan
    if item.mask is not None:
        shared = dice(mask, item.mask)
        ratio = float(mask.sum() / max(item.mask.sum(), 1))
    if item.box is not None:
        found = mask_box(largest_part(mask))
        overlap = 0.0 if found is None else box_overlap(found, item.box)
        centre = float(centre_inside(mask, item.box))
    return shared, overlap, centre, ratio


def best_threshold(by_threshold: dict[float, NDArray[np.float64]]) -> float:
    """Return the threshold with the greatest mean; the lowest of equals."""
    return max(by_threshold, key=lambda t: float(np.nanmean(by_threshold[t])))


def cross_fitted(
    tables: dict[float, Agreement], blocks: NDArray[np.str_]
) -> tuple[Agreement, list[float]]:
    """Measure each block at the threshold that the other blocks choose.

    The threshold is chosen for the overlap of boxes, which all slices have;
    masks are had of easier slices only.

    Returns
    -------
    The agreement, and the thresholds chosen.
    """
    names = list(Agreement.__dataclass_fields__)
    chosen = []
    values = {name: np.full(len(blocks), np.nan) for name in names}
    for block in np.unique(blocks):
        inside = blocks == block
        others = {t: table.overlap[~inside] for t, table in tables.items()}
        chosen.append(best_threshold(others))
        for name in names:
            values[name][inside] = getattr(tables[chosen[-1]], name)[inside]
    return Agreement(**values), chosen


def summarise(
    table: Agreement, blocks: NDArray[np.str_], where: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return means (of area ratios: medians) with 95 % intervals by block.

    Of the slices at `where`.
    """
    return {
        "slices": int(where.sum()),
        "dice": _mean(table.dice, blocks, where),
        "masks": int((where & ~np.isnan(table.dice)).sum()),
        "box_overlap": _mean(table.overlap, blocks, where),
        "box_hit_rate": _mean(_over_half(table.overlap), blocks, where),
        "centre_in_box": _mean(table.centre, blocks, where),
        "area_ratio": _mean(table.area_ratio, blocks, where, _median),
    }


def _over_half(overlap: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isnan(overlap), np.nan, overlap >= 0.5)


def _average(values: NDArray[Any]) -> float:
    return float(values.mean())


def _median(values: NDArray[Any]) -> float:
    # Of the areas: a tiny tumour marked ten times too large must not tell all.
    return float(np.median(values))


def _mean(
    values: NDArray[np.float64],
    blocks: NDArray[np.str_],
    where: NDArray[np.bool_],
    statistic: Callable[[NDArray[Any]], float] = _average,
) -> dict[str, float] | None:
    known = where & ~np.isnan(values)
    if not known.any():
        return None
    groups = blocks[known].tolist()
    return asdict(grouped_interval(values[known], groups, statistic))


def marked(results: Results, threshold: float) -> NDArray[np.bool_]:
    """Tell on which images anything is marked at a threshold, (n,)."""
    spec = segment_spec(threshold)
    return np.array(
        [
            bool(image_mask(logits, spec, placement).any())
            for logits, placement in zip(results.masks, results.placements, strict=True)
        ]
    )


def pixel_reliability(
    slices: Sequence[BrainSlice], results: Results, bins: int = 10
) -> list[dict[str, float]]:
    """Compare the mask's probability with how often its pixels are tumour.

    On the cells of the network's grid, over the slices with a mask; by bins of
    the probability.
    """
    chances, truths = [], []
    for item, logits, placement in zip(
        slices, results.masks, results.placements, strict=True
    ):
        if item.mask is not None:
            chances.append(1.0 / (1.0 + np.exp(-logits.astype(np.float64))))
            truths.append(_on_grid(item.mask, placement))
    chance, truth = np.concatenate(chances).ravel(), np.concatenate(truths).ravel()
    index = np.minimum((chance * bins).astype(int), bins - 1)
    return [
        {
            "low": k / bins,
            "cells": int((index == k).sum()),
            "mean_probability": float(chance[index == k].mean()),
            "tumour_share": float(truth[index == k].mean()),
        }
        for k in range(bins)
        if (index == k).any()
    ]


def _on_grid(mask: NDArray[np.bool_], placement: Placement) -> NDArray[np.float64]:
    """Return the share of each cell of the grid that the mask covers."""
    row, column, rows, columns = placement.crop
    padded = np.zeros((rows, columns), np.float64)
    padded[-row : -row + mask.shape[0], -column : -column + mask.shape[1]] = mask
    size = placement.grid[::-1]
    return np.asarray(
        cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.float64
    )
