import { asset } from "fresh/runtime";
import { define } from "../app_state.ts";
import { Frame } from "../components/Frame.tsx";

export default define.page(function App({ Component, url, state }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Tinyproof</title>
        <meta
          name="description"
          content="A leaderboard for tiny language models on which every score can be proven by exact replay."
        />
        <meta property="og:site_name" content="Tinyproof" />
        <link rel="icon" href={asset("/favicon.svg")} type="image/svg+xml" />
        <link
          rel="alternate"
          type="application/atom+xml"
          href="/feeds/records.xml"
          title="New records"
        />
        <link
          rel="alternate"
          type="application/atom+xml"
          href="/feeds/verdicts.xml"
          title="New verdicts"
        />
        <link rel="stylesheet" href={asset("/styles.css")} />
      </head>
      <body>
        <Frame path={url.pathname} account={state.caller?.account ?? null}>
          <Component />
        </Frame>
      </body>
    </html>
  );
});
