// A Firefox without window and with a profile of its own. Knows nothing of what it opens.

/** Preferences of a Firefox that asks nothing and calls nobody. */
export const QUIET_PREFERENCES: Record<string, unknown> = {
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.type": 0,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/**
 * Opens `url` in a Firefox of its own; disposing ends it and removes its profile. `preferences` are
 * added to those of a quiet profile.
 */
export async function openInFirefox(
  path: string,
  url: string,
  preferences: Record<string, unknown> = {},
): Promise<AsyncDisposable & { ended: Promise<Deno.CommandStatus> }> {
  const profile = await Deno.makeTempDir({ prefix: "tinyproof-firefox-" });
  const lines = Object.entries({ ...QUIET_PREFERENCES, ...preferences })
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  await Deno.writeTextFile(`${profile}/user.js`, lines.join(""));
  const child = new Deno.Command(path, {
    args: ["--headless", "--no-remote", "--new-instance", "--profile", profile, url],
    clearEnv: true,
    env: { HOME: profile, PATH: "/usr/bin:/bin", MOZ_DISABLE_CONTENT_SANDBOX: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return {
    ended: child.status,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGTERM");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
      }
      await child.status;
      await Deno.remove(profile, { recursive: true });
    },
  };
}
