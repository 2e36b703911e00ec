from tfft.build.reading import columns_of, reading_of
from tfft.config.schema import DataSection
from tfft.data.reading import Reading

COLUMNS = {"text": "review", "label": "stars"}


def test_columns_that_are_not_named_are_left_out():
    data = DataSection.model_validate({"train": "a.tsv", "columns": COLUMNS | {"slices": "s"}})
    assert columns_of(data) == {"text": "review", "label": "stars", "slices": "s"}


def test_what_the_config_says_of_files_reaches_the_reader():
    told = {
        "text_separator": "+", "tfds_dir": "sets", "format": "csv", "header": True,
        "max_row_bytes": 77,
    }  # fmt: skip
    data = DataSection.model_validate({"train": "a.tsv", "columns": COLUMNS} | told)
    assert reading_of(data) == Reading(**told)


def test_the_schema_and_the_data_room_have_the_same_defaults():
    data = DataSection.model_validate({"train": "a.tsv", "columns": COLUMNS})
    assert reading_of(data) == Reading()
