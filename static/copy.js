// Copies what a field holds. Where the browser lets no page copy, it marks the text, for the reader's own keys.
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[data-said]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.focus();
      said.textContent = "Marked: press Ctrl+C, or ⌘C, to copy it.";
    }
  });
});
