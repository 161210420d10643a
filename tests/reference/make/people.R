# Writes one truth of the rooms agreement, process, meta, trend and multilevel; their scripts source this file.
# Run every script from the folder tests/reference: Rscript make/agreement.R
suppressMessages(library(jsonlite))

versions <- function(packages) paste(c(paste0("R ", getRversion()),
  vapply(packages, function(p) paste(p, packageVersion(p)), "")), collapse = ", ")

truth <- function(room, name, fun, what, data, arguments, table = NULL, fit = NULL, info = NULL, command, citation,
                  packages = character(), tolerance = list(default = 1e-8), kind = "R") {
  dir.create(room, showWarnings = FALSE)
  said <- list(what = what, "function" = paste0("klantstudie.analyses.", room, ".", fun), data = data,
    arguments = if (length(arguments)) arguments else setNames(list(), character()),
    expected = Filter(Negate(is.null), list(table = table, fit = fit, info = info)), tolerance = tolerance,
    source = list(kind = kind, citation = citation, command = command, version = versions(packages),
      date = "2026-11-23"))
  writeLines(toJSON(said, auto_unbox = TRUE, digits = NA, null = "null", na = "null", pretty = TRUE),
    file.path(room, paste0(name, ".json")))
}
