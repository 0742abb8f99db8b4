# A server on the data volume /data, at port 4010, as a user that is not root:
#     docker build -t mockwave . && docker run -p 4010:4010 -v mocks:/data mockwave
# The options of `mockwave serve` follow the image's name (serve --engine uvloop), or are variables (-e MOCKWAVE_ENGINE=uvloop).

FROM python:3.13-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --quiet --wheel-dir /wheels .

FROM python:3.13-slim
ENV PIP_ROOT_USER_ACTION=ignore PYTHONUNBUFFERED=1 MOCKWAVE_HOST=0.0.0.0 MOCKWAVE_DATA_DIR=/data
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --quiet --no-index --find-links /wheels mockwave && rm -rf /wheels
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin mockwave
RUN install --directory --owner mockwave --group mockwave --mode 700 /data
USER mockwave
WORKDIR /data
VOLUME /data
EXPOSE 4010
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["python", "-m", "mockwave.server.health_check"]
ENTRYPOINT ["mockwave"]
CMD ["serve"]
