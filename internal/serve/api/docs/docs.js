// Search, and opening of what an address names. The page says everything without it.
const box = document.getElementById("search");
const operations = [...document.querySelectorAll(".operation")].map((element) => ({
  element,
  text: (element.querySelector("summary").textContent + " " + element.querySelector(".who").textContent).toLowerCase(),
}));
const groups = [...document.querySelectorAll(".group")];
const nothing = document.getElementById("nothing");

function search() {
  const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { element, text } of operations) {
    element.hidden = !words.every((word) => text.includes(word));
    if (!element.hidden) found++;
  }
  for (const group of groups) group.hidden = !group.querySelector(".operation:not([hidden])");
  for (const id of ["about", "problems"]) document.getElementById(id).hidden = words.length > 0;
  nothing.hidden = found > 0;
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.classList.contains("operation")) {
    named.open = true;
    named.scrollIntoView();
  }
}

box.closest("label").hidden = false;
box.addEventListener("input", search);
addEventListener("hashchange", openNamed);
openNamed();
if (matchMedia("(max-width: 48rem)").matches) document.querySelector(".contents").open = false;
