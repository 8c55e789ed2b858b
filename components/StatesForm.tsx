interface Props {
  id: string;
  guestKey: string;
  /** Where scripts run. */
  onSubmit?: (event: Event) => void;
}

/** For the author of a run: sends the states it is asked for. */
export function StatesForm({ id, guestKey, onSubmit }: Props) {
  return (
    <form
      class="panel"
      method="post"
      action={`/submissions/${id}/states`}
      encType="multipart/form-data"
      onSubmit={onSubmit}
    >
      <h2>Send the states</h2>
      <input type="hidden" name="key" value={guestKey} />
      <div class="field">
        <label for="states">Files that the training has kept</label>
        <input id="states" name="states" type="file" accept=".tinygpt" multiple required />
        <p class="hint">
          Several at once, or one after the other. Each is compared with the checkpoint it is of:
          what is not the very same state is refused and changes nothing.
        </p>
      </div>
      <p class="actions">
        <button class="button" type="submit">Send</button>
      </p>
    </form>
  );
}
