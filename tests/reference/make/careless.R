# Makes tests/study/data/careless.json and tests/reference/study/careless_*.json: every index written out in base R.
# Run from the repository root: Rscript tests/reference/make/careless.R
library(jsonlite)
d <- read.csv("tests/reference/data/careless_answers.csv")
items <- names(d)[1:16]
x <- as.matrix(d[items])
longstring <- apply(x, 1, function(r) {
  if (all(is.na(r))) return(NA)
  r[is.na(r)] <- -seq_len(sum(is.na(r)))  # a missing answer equals nothing, so it ends a run
  max(rle(unname(r))$lengths)
})
irv <- apply(x, 1, sd, na.rm = TRUE)
person_total <- sapply(seq_len(nrow(x)), function(i) suppressWarnings(
  cor(x[i, ], colMeans(x[-i, ], na.rm = TRUE), use = "pairwise.complete.obs")))
complete <- complete.cases(x)
d2 <- rep(NA_real_, nrow(x))
d2[complete] <- mahalanobis(x[complete, ], colMeans(x[complete, ]), cov(x[complete, ]))
p <- pchisq(d2, ncol(x), lower.tail = FALSE)
keyed <- x
keyed[, c("a_4", "c_2")] <- 6 - keyed[, c("a_4", "c_2")]
halves <- function(r, side) sapply(split(seq_along(items), rep(1:4, each = 4)),
  function(b) mean(r[b][seq(side, 4, 2)], na.rm = TRUE))
even_odd <- sapply(seq_len(nrow(x)), function(i) {
  r <- suppressWarnings(cor(halves(keyed[i, ], 2), halves(keyed[i, ], 1), use = "pairwise.complete.obs"))
  s <- 2 * r / (1 + r)
  if (!is.na(s) && s < -1) s <- -1
  -s
})
r <- cor(x, use = "pairwise.complete.obs")
pairs <- which(lower.tri(r) & r > .60, arr.ind = TRUE)
anti <- which(lower.tri(r) & r < -.60, arr.ind = TRUE)
within <- function(pairs) sapply(seq_len(nrow(x)), function(i) {
  a <- x[i, pairs[, 1]]; b <- x[i, pairs[, 2]]
  if (sum(!is.na(a) & !is.na(b)) < 3) return(NA)
  suppressWarnings(cor(a, b, use = "pairwise.complete.obs"))
})
synonyms <- within(pairs); antonyms <- if (nrow(anti) >= 3) within(anti) else rep(NA_real_, nrow(x))
straightlined <- apply(x, 1, function(row) {
  s <- sapply(split(row, rep(1:4, each = 4)), function(b) {
    b <- b[!is.na(b)]
    if (length(b) < 3) NA else as.numeric(length(unique(b)) == 1)
  })
  mean(s, na.rm = TRUE)
})
known <- rowSums(!is.na(x))
seconds <- ifelse(known > 0, d$duur / known, NA)
failed <- as.numeric(is.na(d$controle) | d$controle != 4)
measures <- list(longstring = longstring, irv = irv, person_total = person_total, mahalanobis = d2, mahalanobis_p = p,
  even_odd = even_odd, synonyms = synonyms, antonyms = antonyms, straightlined = straightlined,
  seconds_per_item = seconds, attention_failed = failed, n_missing = 16 - known, share_missing = 1 - known / 16)
measures <- lapply(measures, function(v) { v <- unname(v); v[is.nan(v)] <- NA; v })
version <- paste(R.version.string)
source <- list(kind = "R", citation = "base R: rle, sd, cor, mahalanobis; definitions of Curran (2016) and of the R package careless 1.2",
  command = "Rscript tests/reference/make/careless.R", version = version, date = "2026-11-23")
write_json(list(what = "Indices of careless answering for 60 made-up respondents", measures = measures, source = source),
  "tests/study/data/careless.json", digits = NA, auto_unbox = TRUE, na = "null", pretty = FALSE)

cut <- list(longstring = 8, irv = 0, person_total = 0, mahalanobis_p = .001, even_odd = -.30, synonyms = .22,
  antonyms = -.03, straightlined = 1, seconds_per_item = 2, attention_failed = 1, share_missing = .5)
hit <- with(measures, list(longstring = longstring >= 8, irv = irv == 0, person_total = person_total < 0,
  mahalanobis_p = mahalanobis_p < .001, even_odd = even_odd > -.30, synonyms = synonyms < .22,
  antonyms = antonyms > -.03, straightlined = straightlined >= 1, seconds_per_item = seconds_per_item < 2,
  attention_failed = attention_failed >= 1, share_missing = share_missing > .5))
keep <- names(hit)[sapply(names(hit), function(n) any(!is.na(measures[[n]])))]
rows <- lapply(keep, function(n) list(term = n, n = sum(!is.na(measures[[n]])), threshold = cut[[n]],
  n_flagged = sum(hit[[n]], na.rm = TRUE), share = sum(hit[[n]], na.rm = TRUE) / sum(!is.na(measures[[n]]))))
total <- rowSums(sapply(hit[keep], function(h) ifelse(is.na(h), 0, h)))
rows <- c(rows, list(
  list(term = "any", n = 60, threshold = NULL, n_flagged = sum(total >= 1), share = mean(total >= 1)),
  list(term = "two_or_more", n = 60, threshold = NULL, n_flagged = sum(total >= 2), share = mean(total >= 2))))
rows <- lapply(rows, function(row) { if (is.null(row$threshold)) row["threshold"] <- list(NA); row })
block <- function(letter) setNames(lapply(1:4, function(i) {
  name <- paste0(letter, "_", i)
  if (name %in% c("a_4", "c_2")) list(response = "r", reverse = TRUE) else list(response = "r")
}), paste0(letter, "_", 1:4))
book <- list(study = list(title = "x", duration = "duur", attention = list(controle = 4)),
  responses = list(r = list(min = 1, max = 5)), items = do.call(c, lapply(c("a", "b", "c", "d"), block)),
  scales = setNames(lapply(c("a", "b", "c", "d"), function(l) list(items = paste0(l, "_", 1:4))), c("A", "B", "C", "D")))
write_json(list(what = "How many respondents each index of careless answering flags", `function` = "klantstudie.study.careless.flags",
  data = list(csv = "data/careless_answers.csv"),
  arguments = list(codebook = list(`__call__` = list(`function` = "klantstudie.study.codebook.declare", arguments = list(given = book)))),
  expected = list(table = rows, info = list(n_used = 60)), tolerance = list(default = 1e-12), source = source),
  "tests/reference/study/careless_flags.json", digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE)
