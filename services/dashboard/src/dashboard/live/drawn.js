// In the part of the page that is refreshed: says that it was drawn, and has it drawn anew.
export default function ({ data, setTriggerValue }) {
  window.pageRefresh ??= new Refresh();
  window.pageRefresh.drawn(data, () => setTriggerValue("due", data.drawn));
}
