// Search and filters of the index; the choice stands in the address, so that a filtered list can be kept.
(function () {
  "use strict";
  var search = document.querySelector("[data-search]");
  if (!search) return;
  var rows = Array.prototype.slice.call(document.querySelectorAll("tr[data-status]"));
  var texts = rows.map(function (row) { return row.textContent.toLowerCase(); });
  var filters = Array.prototype.slice.call(document.querySelectorAll("[data-filter]"));
  var shown = document.querySelector("[data-shown]");
  function apply() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    var count = 0;
    rows.forEach(function (row, at) {
      var fits = words.every(function (word) { return texts[at].indexOf(word) >= 0; }) && filters.every(function (one) {
        return !one.value || (" " + row.getAttribute("data-" + one.dataset.filter) + " ").indexOf(" " + one.value + " ") >= 0;
      });
      row.hidden = !fits;
      count += fits ? 1 : 0;
    });
    shown.textContent = count;
  }
  function keep() {
    var chosen = new URLSearchParams();
    if (search.value) chosen.set("q", search.value);
    filters.forEach(function (one) { if (one.value) chosen.set(one.dataset.filter, one.value); });
    history.replaceState(null, "", "#" + chosen.toString());
  }
  var given = new URLSearchParams(location.hash.slice(1));
  search.value = given.get("q") || "";
  filters.forEach(function (one) { one.value = given.get(one.dataset.filter) || ""; });
  [search].concat(filters).forEach(function (one) {
    one.addEventListener("input", function () { apply(); keep(); });
  });
  apply();
})();
