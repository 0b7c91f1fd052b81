/* The campaign editor's island: drag, two keys, and saving as one goes. Every act is a form that works without it. */
(function () {
  "use strict";
  var lifted = null;
  var aim = null;

  function steps(event) {
    return event.target.closest ? event.target.closest("[data-step]") : null;
  }

  function release(send) {
    document.body.classList.remove("dragging");
    if (lifted) lifted.classList.remove("lifted");
    if (aim) aim.classList.remove("aim");
    var form = document.getElementById("moving");
    if (send && lifted && aim && form) {
      form.elements.step.value = lifted.dataset.step;
      form.elements.place.value = aim.dataset.place;
      form.requestSubmit();
    }
    lifted = aim = null;
  }

  /* The + nearest to the pointer, of those that are not inside the card's own ways. */
  function nearest(x, y) {
    var best = null;
    var least = 160 * 160;
    document.querySelectorAll(".plus a[data-place]").forEach(function (each) {
      var box = each.getBoundingClientRect();
      var across = box.left + box.width / 2 - x;
      var down = box.top + box.height / 2 - y;
      var far = across * across + down * down;
      if (far < least) {
        least = far;
        best = each;
      }
    });
    return best;
  }

  document.addEventListener("pointerdown", function (event) {
    var grip = event.target.closest(".grip");
    if (!grip || event.button) return;
    event.preventDefault();
    lifted = steps(event);
    lifted.classList.add("lifted");
    document.body.classList.add("dragging");
  });

  document.addEventListener("pointermove", function (event) {
    if (!lifted) return;
    var found = nearest(event.clientX, event.clientY);
    if (found !== aim) {
      if (aim) aim.classList.remove("aim");
      if (found) found.classList.add("aim");
      aim = found;
    }
    if (event.clientY < 96) window.scrollBy(0, -12);
    if (event.clientY > window.innerHeight - 64) window.scrollBy(0, 12);
  });

  document.addEventListener("pointerup", function () {
    if (lifted) release(true);
  });
  document.addEventListener("pointercancel", function () {
    release(false);
  });

  document.addEventListener("keydown", function (event) {
    var typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape" && lifted) return release(false);
    if (event.key === "Escape" && !typing) {
      var close = document.querySelector("#panel [aria-label='Close']");
      if (close) close.click();
    }
    if ((event.ctrlKey || event.metaKey) && !typing) {
      var key = event.key.toLowerCase();
      var turn = document.querySelector("[data-key='" + (key === "z" && event.shiftKey ? "y" : key) + "']");
      if (turn && !turn.disabled) {
        event.preventDefault();
        turn.click();
      }
    }
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      var card = steps(event) || document.querySelector("[data-step].on");
      if (!card) return;
      event.preventDefault();
      var form = document.getElementById("moving");
      form.elements.act.value = event.key === "ArrowUp" ? "up" : "down";
      form.elements.step.value = card.dataset.step;
      form.requestSubmit();
    }
  });

  /* A card that was moved keeps the focus, for the next key. */
  document.addEventListener("DOMContentLoaded", function () {
    var card = window.location.hash.slice(0, 3) === "#s-" && document.getElementById(window.location.hash.slice(1));
    if (card) card.querySelector("a.over").focus({ preventScroll: true });
  });

  /* A setting is kept as soon as it is chosen. */
  document.addEventListener("change", function (event) {
    var form = event.target.closest("#panel form");
    if (!form || !form.elements.act || form.elements.body) return;
    if (form.elements.act.value === "settings" || form.elements.act.value === "series") form.requestSubmit();
  });
})();
