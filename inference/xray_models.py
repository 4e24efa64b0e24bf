"""TorchXRayVision's classifiers: labels, operating points, where they are.

Facts copied from torchxrayvision 1.5.7 (Apache-2.0), models.model_urls; an
untrained head has the label "" or the operating point NaN there, and is left
out here. No torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference.model_card import Code

_RELEASE = "https://github.com/mlmed/torchxrayvision/releases/download/v1/"


@dataclass(frozen=True, slots=True)
class XrayModel:
    """One set of weights as the library publishes it.

    Attributes
    ----------
    heads
        Trained heads, in the network's order: index of the output, label,
        operating point on the sigmoid of the logit.
    outputs
        How many outputs the published network has, untrained heads among them.
    side_px
        Input, rows and columns.
    megabytes
        About how large the published file is; not measured here.
    pickled_module
        Whether it is a whole pickled module, not a table of tensors.
    """

    name: str
    file: str
    trained_on: str
    heads: tuple[tuple[int, str, float], ...]
    outputs: int = 18
    side_px: int = 224
    megabytes: int = 28
    pickled_module: bool = True

    @property
    def url(self) -> str:
        """Where the library fetches it from."""
        return _RELEASE + self.file


LABELS = (
    *("Atelectasis", "Consolidation", "Infiltration", "Pneumothorax", "Edema"),
    *("Emphysema", "Fibrosis", "Effusion", "Pneumonia", "Pleural_Thickening"),
    *("Cardiomegaly", "Nodule", "Mass", "Hernia", "Lung Lesion", "Fracture"),
    *("Lung Opacity", "Enlarged Cardiomediastinum"),
)
"""Of all networks, in the order of their outputs."""

CODES: dict[str, Code] = {
    "Atelectasis": Code("SCT", "46621007", "Atelectasis"),
    "Consolidation": Code("SCT", "95436008", "Lung consolidation"),
    "Infiltration": Code("DCM", "112121", "Infiltrate"),
    "Pneumothorax": Code("SCT", "36118008", "Pneumothorax"),
    "Edema": Code("SCT", "19242006", "Pulmonary edema"),
    "Emphysema": Code("SCT", "87433001", "Pulmonary emphysema"),
    "Fibrosis": Code("SCT", "51615001", "Fibrosis of lung"),
    "Effusion": Code("SCT", "60046008", "Pleural effusion"),
    "Pneumonia": Code("SCT", "233604007", "Pneumonia"),
    "Pleural_Thickening": Code("99OVERREAD", "PLEURAL-THICK", "Pleural thickening"),
    "Cardiomegaly": Code("SCT", "8186001", "Cardiomegaly"),
    "Nodule": Code("SCT", "27925004", "Nodule"),
    "Mass": Code("SCT", "4147007", "Mass"),
    "Hernia": Code("99OVERREAD", "HERNIA", "Hernia on chest radiograph"),
    "Lung Lesion": Code("99OVERREAD", "LUNG-LESION", "Lung lesion"),
    "Fracture": Code("SCT", "125605004", "Fracture of bone"),
    "Lung Opacity": Code("DCM", "112001", "Opacity"),
    "Enlarged Cardiomediastinum": Code(
        "99OVERREAD", "ENL-CARDIOMED", "Enlarged cardiomediastinum"
    ),
}


def _heads(points: dict[int, float]) -> tuple[tuple[int, str, float], ...]:
    return tuple((index, LABELS[index], point) for index, point in points.items())


def _densenet(source: str, file: str, trained_on: str, *points: float) -> XrayModel:
    """Describe a DenseNet; a point of 0 stands for an untrained head."""
    trained = {index: point for index, point in enumerate(points) if point}
    return XrayModel(
        f"densenet121-res224-{source}",
        f"{file}-densenet121-d121-tw-lr001-rot45-tr15-sc15-seed0-best.pt",
        trained_on,
        _heads(trained),
    )


# fmt: off
_MODELS = (
    _densenet(
        "all", "nih-pc-chex-mimic_ch-google-openi-kaggle",
        "NIH, PadChest, CheXpert, MIMIC-CXR, Google, OpenI, RSNA",
        0.07422872, 0.038290843, 0.09814756, 0.0098118475, 0.023601074,
        0.0022490358, 0.010060724, 0.103246614, 0.056810737, 0.026791653,
        0.050318155, 0.023985857, 0.01939503, 0.042889766, 0.053369623,
        0.035975814, 0.20204692, 0.05015312,
    ),
    _densenet(
        "nih", "nih", "NIH ChestX-ray14",
        0.039117552, 0.0034529066, 0.11396341, 0.0057298196, 0.00045666535,
        0.0018880932, 0.012037827, 0.038744126, 0.0037213727, 0.014730946,
        0.016149804, 0.054241467, 0.037198864, 0.0004403434,
    ),
    _densenet(
        "pc", "pc", "PadChest",
        0.031012505, 0.013347598, 0.081435576, 0.001262615, 0.002587246,
        0.0035944257, 0.0023071, 0.055412333, 0.044385884, 0.042766232,
        0.043258056, 0.037629247, 0.005658899, 0.0091741895, 0, 0.026507627,
    ),
    _densenet(
        "chex", "chex", "CheXpert",
        0.1988969, 0.05710573, 0, 0.0531293, 0.1435217, 0, 0, 0.27212676,
        0.07749717, 0, 0.19712369, 0, 0, 0, 0.09932402, 0.09273402, 0.3270967,
        0.10888247,
    ),
    _densenet(
        "rsna", "kaggle", "RSNA Pneumonia Challenge",
        0, 0, 0, 0, 0, 0, 0, 0, 0.13486601, 0, 0, 0, 0, 0, 0, 0, 0.13511065,
    ),
    _densenet(
        "mimic_nb", "mimic_nb", "MIMIC-CXR, NegBio labels",
        0.08558747, 0.011884617, 0, 0.0040595434, 0.010733786, 0, 0, 0.118761964,
        0.022924708, 0, 0.06358637, 0, 0, 0, 0.022143636, 0.017476924, 0.1258702,
        0.014020768,
    ),
    _densenet(
        "mimic_ch", "mimic_ch", "MIMIC-CXR, CheXpert labels",
        0.09121389, 0.010573786, 0, 0.005023008, 0.003698257, 0, 0, 0.08001232,
        0.037242252, 0, 0.05006329, 0, 0, 0, 0.019866971, 0.03823637, 0.11303808,
        0.0069147074,
    ),
    XrayModel(
        "resnet50-res512-all",
        "pc-nih-rsna-siim-vin-resnet50-test512-e400-state.pt",
        "PadChest, NIH, RSNA, SIIM, VinDr",
        _heads(
            dict(zip(
                (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16),
                (
                    0.51570356, 0.50444704, 0.53787947, 0.50723547, 0.5025118,
                    0.5035252, 0.5038076, 0.51862943, 0.5078151, 0.50724894,
                    0.5056339, 0.510706, 0.5053923, 0.5020846, 0.5080557,
                    0.5138526,
                ),
                strict=True,
            ))
        ),
        side_px=512,
        megabytes=94,
        pickled_module=False,
    ),
)
# fmt: on

XRAY_MODELS: dict[str, XrayModel] = {model.name: model for model in _MODELS}
"""By the library's names."""
