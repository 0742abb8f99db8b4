document.getElementById("page").textContent = "mockwave";
