# Tinyproof in a container: `docker build -t tinyproof .`, then see docs/operating.md.

FROM denoland/deno:debian-2.9.6 AS build
WORKDIR /opt/tinyproof
# Packages first: they change less often than the source.
COPY deno.json deno.lock ./
COPY links ./links
RUN deno install --frozen
COPY . .
RUN deno task build && rm -rf tests bench prove

FROM denoland/deno:debian-2.9.6
# nice and prlimit, which hold each job to its limits, are part of the base image.
RUN groupadd --system --gid 10001 tinyproof \
  && useradd --system --uid 10001 --gid tinyproof --home-dir /var/lib/tinyproof \
    --shell /usr/sbin/nologin tinyproof \
  && install -d -o tinyproof -g tinyproof -m 0700 /var/lib/tinyproof /var/cache/tinyproof
WORKDIR /opt/tinyproof
# Owned by root: the server cannot change its own program.
COPY --from=build /opt/tinyproof ./
ENV HOST=0.0.0.0 \
  PORT=8000 \
  TINYPROOF_DATA=/var/lib/tinyproof \
  DENO_DIR=/var/cache/tinyproof \
  DENO_NO_UPDATE_CHECK=1 \
  NO_COLOR=1
USER 10001:10001
VOLUME ["/var/lib/tinyproof"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["deno", "eval", "const r = await fetch(`http://127.0.0.1:${Deno.env.get('PORT')}/healthz`); Deno.exit(r.ok ? 0 : 1)"]
ENTRYPOINT ["deno", "run", "-A", "--v8-flags=--no-allocation-site-pretenuring", "--cached-only", "--no-prompt", "dev.ts"]
CMD ["serve"]
