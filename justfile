# All checks, the same here and in CI. `uv run just` lists them.

set shell := ["bash", "-euo", "pipefail", "-c"]

_list:
    @just --list --unsorted

# Everything: format, lint, types, layers, tests with coverage
check: format lint types layers coverage

# The code is formatted
format:
    uv run ruff format --check .

# No rule of the linter is broken
lint:
    uv run ruff check .

# Types hold
types:
    uv run mypy

# Imports point down only
layers:
    uv run lint-imports --no-cache

# The tests, as a user runs them
test *ARGS:
    uv run pytest {{ ARGS }}

# Kill the bot at every named moment, around every commit and at so many random moments: nothing is lost or done twice
torture KILLS="240" *ARGS:
    TORTURE_KILLS={{ KILLS }} uv run pytest tests/torture {{ ARGS }}

# What the bot costs beside two peers, as ratios: minutes, `--full` hours; `--only NAME` picks (see `--help`)
bench *ARGS:
    uv run python -m bench {{ ARGS }}

# The tests with the coverage that the project promises; stories and all others side by side
coverage:
    uv run coverage erase
    uv run coverage run -m pytest tests/torture tests/scenarios & stories=$!; others=0; \
      uv run coverage run -m pytest --ignore=tests/torture --ignore=tests/scenarios || others=$?; \
      wait "$stories" && exit "$others"
    uv run coverage combine -q
    uv run coverage report --fail-under=95
    uv run coverage report --include='bot/reviews/*,bot/changes/*,bot/jobs/*,bot/secmaster/*' --fail-under=100

# Format the code and mend what the linter can mend
mend:
    uv run ruff format .
    uv run ruff check --fix .

# Write manifest.yml anew
manifest:
    uv run secmaster-bot manifest > manifest.yml

# Collect the sentences of the code, bring the catalogs up to date and compile them
translate:
    uv run pybabel extract --no-wrap --omit-header --no-location --sort-output -k t -k N_ -k NotAllowed -k NotPending -k ReasonRefused -k ReviewGone -k UnknownVersion -k UnknownWord -k QuestionGone -k NoHeir -k NoVote -k PictureError -k ChecksFail -o bot/locales/bot.pot bot/slack bot/reviews bot/pictures bot/changes
    uv run pybabel update --no-wrap --ignore-pot-creation-date --no-fuzzy-matching --ignore-obsolete -D bot -i bot/locales/bot.pot -d bot/locales -l zh_CN
    uv run pybabel compile -D bot -d bot/locales

# Write the gallery of differences anew; read what changes in its reports before it is committed
gallery:
    uv run python -m tests.changes.pairs
