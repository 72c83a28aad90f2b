# One image for all services; which one runs is said by the command, as in deploy/compose.yaml.
#
# What is installed is hash-locked, and nothing is compiled: neither a compiler nor a package index is needed once it is built.
# There is no Java in it: the local Kafka of `postbag up` and `postbag demo` is for checkouts.
# The processes run as uid 10001, write below /var/lib/postbag alone, and bear a read-only file system.
# docs/deployment.md says how to pin the base image by its digest.
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
# requirements-dev.lock has every extra (letters on paper, DKIM, binding), and the tools of development beside them.
ARG LOCK=requirements.lock
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock requirements-dev.lock requirements-build.lock ./
RUN python -m venv /opt/postbag \
    && /opt/postbag/bin/pip install --require-hashes --only-binary :all: -r "${LOCK}"
RUN python -m venv tools \
    && tools/bin/pip install --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY services services
COPY deploy/__init__.py deploy/__init__.py
COPY deploy/local deploy/local
RUN tools/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir wheels . \
    && /opt/postbag/bin/pip install --no-deps --no-index wheels/*.whl \
    && /opt/postbag/bin/pip check

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Postbag" \
    org.opencontainers.image.description="Carries constituents' letters from a campaign to the offices that represent them, once each, over Apache Kafka." \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
# A slim base of another name may know no time zones, and offices' windows are told in them.
RUN python -c "import zoneinfo; zoneinfo.ZoneInfo('America/New_York')"
# A volume that is mounted over one of these folders for the first time takes over its owner.
RUN groupadd --system --gid 10001 postbag \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/postbag --no-create-home --shell /usr/sbin/nologin postbag \
    && install -d -o 10001 -g 10001 -m 0750 /var/lib/postbag /var/lib/postbag/state /var/lib/postbag/outbox /var/lib/postbag/print
COPY --from=build /opt/postbag /opt/postbag
ENV PATH=/opt/postbag/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    POSTBAG_STATE_DIR=/var/lib/postbag/state \
    POSTBAG_OUTBOX_DIR=/var/lib/postbag/outbox \
    POSTBAG_PRINT_DIR=/var/lib/postbag/print
WORKDIR /var/lib/postbag
USER 10001:10001
CMD ["postbag", "--help"]
