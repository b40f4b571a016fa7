// In the part of the page that is refreshed: says that it was drawn, and has it drawn anew. This part is
// gone once the page is paused, and so it asks for nothing then: the server would draw the page still.
export default function ({ data, setTriggerValue }) {
  window.pageRefresh ??= new Refresh();
  window.pageRefresh.drawn(data, () => {
    if (!window.livePage?.given?.paused) setTriggerValue("due", data.drawn);
  });
}
