import { Head } from "fresh/runtime";

/** What a page looks like where its address is pasted: OpenGraph and Twitter cards. */
export function ShareCard({ title, description, address, picture }: {
  title: string;
  description: string;
  /** With the origin, as the picture's. */
  address: string;
  /** A PNG of 1200 × 630. */
  picture: string;
}) {
  return (
    <Head>
      <meta name="description" content={description} />
      <link rel="canonical" href={address} />
      <meta property="og:type" content="website" />
      <meta property="og:title" content={title} />
      <meta property="og:description" content={description} />
      <meta property="og:url" content={address} />
      <meta property="og:image" content={picture} />
      <meta property="og:image:type" content="image/png" />
      <meta property="og:image:width" content="1200" />
      <meta property="og:image:height" content="630" />
      <meta property="og:image:alt" content={title} />
      <meta name="twitter:card" content="summary_large_image" />
    </Head>
  );
}
