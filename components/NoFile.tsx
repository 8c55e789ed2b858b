/** In a static copy that was made without the models. */
export function NoFile() {
  return <p class="note">This copy of the board was made without the models' files.</p>;
}
