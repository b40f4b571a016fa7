# The job's image, with a clock for its processes that can be set.
ARG JOB_IMAGE
# hadolint ignore=DL3006
FROM ${JOB_IMAGE}
# hadolint ignore=DL3002
USER 0
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libfaketime \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/lib/*/faketime/libfaketime.so.1 /usr/local/lib/
ENV LD_PRELOAD=/usr/local/lib/libfaketime.so.1 \
    FAKETIME_TIMESTAMP_FILE=/tmp/clock \
    FAKETIME_NO_CACHE=1 \
    FAKETIME_DONT_FAKE_MONOTONIC=1 \
    FAKETIME_DONT_RESET=1 \
    NO_FAKE_STAT=1
USER 1001:0
