# One image for every role: gateway, node, stop lane, migrate. The servers run in containers of their own (compose.yaml).
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /wit
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --ignore-scripts

FROM node:20.20.2-bookworm-slim
RUN useradd --uid 10001 --groups dialout --no-create-home wit \
 && install -d -o wit -g wit -m 0700 /data
WORKDIR /wit
COPY --from=build /wit /wit
USER wit
VOLUME /data
ENV NODE_ENV=production WIT_DATA_DIR=/data
ENTRYPOINT ["node", "scripts/start.mjs", "--role"]
CMD ["gateway"]
