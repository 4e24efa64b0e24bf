"""What several models say of one image: which of it is told first."""

from gui.ai_state import AiState, Phase
from gui.ai_telling import aside_words, parted

CHEST = AiState(Phase.REFUSED, "Chest 1.0.0", "Not analysed: lungs are cut off")
BRAIN = AiState(
    Phase.REFUSED,
    "Brain 1.0.0",
    "Not analysed: not a brain MR slice: looks like a photograph",
    looks_like="looks like a photograph",
)
LIMB = AiState(
    Phase.REFUSED,
    "Limb 1.0.0",
    "Not analysed: not a limb radiograph: looks like a photograph",
    looks_like="looks like a photograph",
)
KNEE = AiState(
    Phase.REFUSED, "Knee 1.0.0", "Not analysed: body part", elsewhere="chest DX"
)
DONE = AiState(Phase.SUCCEEDED, "Lung 1.0.0", "Succeeded")


def test_that_a_model_of_that_kind_of_image_is_heard_before_those_of_others():
    assert parted((BRAIN, CHEST, LIMB, KNEE)) == ((CHEST,), (KNEE, BRAIN, LIMB))


def test_that_what_is_no_film_at_all_is_said_once_with_what_it_looks_like():
    (told,), aside = parted((BRAIN, LIMB, KNEE))
    assert told.title == "Not analysed: looks like a photograph"
    assert told.explained == (
        "Brain 1.0.0 and Limb 1.0.0 gave no number. Read as usual."
    )
    assert aside == (KNEE,)


def test_that_one_model_alone_says_what_it_wanted_and_what_it_saw():
    assert parted((BRAIN,)) == ((BRAIN,), ())


def test_that_where_a_model_answered_all_refusals_are_a_line():
    told, aside = parted((BRAIN, DONE, CHEST))
    assert told == (DONE,)
    assert aside_words(aside) == "2 models: not analysed"
    assert aside_words(aside[:1]) == "Brain 1.0.0: not analysed"


def test_that_a_failure_is_told_beside_models_made_for_other_images():
    failed = AiState(Phase.FAILED, "Chest 1.0.0", "AI failed: out of memory")
    assert parted((KNEE, failed)) == ((failed,), (KNEE,))
