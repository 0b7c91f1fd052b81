/* The desk's small island: what a keyboard and a menu need. Every page works without it. */
(function () {
  "use strict";

  function typing(element) {
    return element.closest("input, textarea, select, [contenteditable]") !== null;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing(event.target)) {
      var field = document.getElementById("find");
      if (field) {
        event.preventDefault();
        field.focus();
        field.select();
      }
    }
    var find = event.target.closest(".find");
    if (find && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      var links = Array.from(find.querySelectorAll(".found a")), input = find.querySelector("input[type=search]");
      var to = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      (links[Math.min(to, links.length - 1)] || input).focus();
    }
    if (find && event.key === "Escape") {
      find.querySelector(".found").replaceChildren();
      find.querySelector("input[type=search]").focus();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach(function (menu) {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    if ((event.key === "j" || event.key === "k") && !typing(event.target)) {
      var acts = Array.from(document.querySelectorAll(".need .btn")).filter(function (it) { return it.offsetParent !== null; });
      if (!acts.length) return;
      var at = acts.indexOf(document.activeElement);
      var next = event.key === "j" ? Math.min(at + 1, acts.length - 1) : Math.max(at - 1, 0);
      acts[next].focus();
    }
  });

  document.addEventListener("click", function (event) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  /* Long work: only what moves is changed, so that nobody loses their place. Without this a link looks again. */
  function again(part) {
    setTimeout(function () {
      fetch(location.href).then(function (answer) { return answer.text(); }).then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-again]");
        var old = part.querySelectorAll("[data-live]"), moved = fresh ? fresh.querySelectorAll("[data-live]") : [];
        if (!fresh || old.length !== moved.length) return location.reload();
        old.forEach(function (it, at) { if (!it.isEqualNode(moved[at])) it.replaceWith(moved[at]); });
        again(part);
      }).catch(function () { again(part); });
    }, Number(part.dataset.again) * 1000);
  }
  document.querySelectorAll("[data-again]").forEach(again);

  /* A filter applies at once; without this the button does it. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-at-once]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });
})();
