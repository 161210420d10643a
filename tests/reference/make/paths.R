# Makes the references of the paths room from R. Run from this folder: Rscript paths.R
# R has no packaged PLS program here, so the model is fitted below on construct scores (not, as in the package, on the
# correlation matrix); the file paths/ecsi_*.json with printed SmartPLS and seminr values anchor both.
suppressMessages({library(psych); library(semTools); library(jsonlite)})
setwd("..")

today <- "2026-11-23"
versions <- paste0("R ", getRversion(), ", psych ", packageVersion("psych"), ", semTools ", packageVersion("semTools"))
write <- function(name, what, fun, data, arguments, table, command, fit = NULL, info = NULL,
                  tolerance = list(default = 1e-7), citation = "Lohmoeller (1989); Tenenhaus et al. (2005), ECSI data") {
  expected <- list(table = table)
  if (!is.null(fit)) expected$fit <- fit
  if (!is.null(info)) expected$info <- info
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.paths.", fun), data = data,
                arguments = arguments, expected = expected, tolerance = tolerance,
                source = list(kind = "R", citation = citation, command = command, version = versions, date = today))
  writeLines(toJSON(truth, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null"),
             file.path("paths", paste0(name, ".json")))
}

ecsi <- read.csv("../../data/raw/ecsi_mobiel/ecsi_mobiel.csv")
raw_file <- list(raw = "ecsi_mobiel/ecsi_mobiel.csv")
blocks <- list(Image = paste0("IMAG", 1:5), Expectation = paste0("CUEX", 1:3), Quality = paste0("PERQ", 1:7),
               Value = paste0("PERV", 1:2), Satisfaction = paste0("CUSA", 1:3), Complaints = "CUSCO",
               Loyalty = paste0("CUSL", 1:3))
lines <- c("Image -> Expectation", "Expectation -> Quality + Value", "Quality -> Value",
           "Image + Expectation + Quality + Value -> Satisfaction", "Satisfaction -> Complaints",
           "Image + Satisfaction + Complaints -> Loyalty")
arrows <- rbind(c("Image", "Expectation"), c("Expectation", "Quality"), c("Expectation", "Value"), c("Quality", "Value"),
                c("Image", "Satisfaction"), c("Expectation", "Satisfaction"), c("Quality", "Satisfaction"),
                c("Value", "Satisfaction"), c("Satisfaction", "Complaints"), c("Image", "Loyalty"),
                c("Satisfaction", "Loyalty"), c("Complaints", "Loyalty"))

fit_pls <- function(d, blocks, arrows, modes = NULL, scheme = "path", consistent = FALSE, tol = 1e-12) {
  n <- names(blocks); k <- length(n); z <- scale(d[, unlist(blocks)])
  if (is.null(modes)) modes <- setNames(rep("A", k), n)
  links <- matrix(FALSE, k, k, dimnames = list(n, n)); links[arrows] <- TRUE
  w <- lapply(blocks, function(b) rep(1, length(b)))
  score <- function() sapply(n, function(j) scale(z[, blocks[[j]], drop = FALSE] %*% w[[j]]))
  y <- score()
  for (i in 1:2000) {
    r <- cor(y); e <- matrix(0, k, k, dimnames = list(n, n)); near <- links | t(links)
    if (scheme == "centroid") e[near] <- sign(r)[near] else e[near] <- r[near]
    if (scheme == "path") for (j in n) if (any(links[, j])) {
      p <- n[links[, j]]; e[p, j] <- qr.coef(qr(y[, p, drop = FALSE]), y[, j]) }
    inner <- y %*% e
    for (j in n) { x <- z[, blocks[[j]], drop = FALSE]
      w[[j]] <- if (modes[[j]] == "A") drop(cor(x, inner[, j])) else qr.coef(qr(x), inner[, j]) }
    new <- score(); change <- max(abs(new - y)); y <- new
    if (change < tol) break
  }
  for (j in n) {
    s <- if (sum(cor(z[, blocks[[j]]], y[, j])) < 0) -1 else 1
    y[, j] <- s * y[, j]
    w[[j]] <- s * w[[j]] / sd(z[, blocks[[j]], drop = FALSE] %*% w[[j]])
  }
  C <- cor(y); load <- lapply(n, function(j) drop(cor(z[, blocks[[j]]], y[, j]))); names(load) <- n
  reflective <- n[modes[n] == "A" & lengths(blocks) > 1]
  rho <- setNames(rep(1, k), n)
  for (j in reflective) { S <- cor(d[, blocks[[j]]]); v <- w[[j]]; o <- v %*% t(v); diag(S) <- 0; diag(o) <- 0
    rho[j] <- sum(v^2)^2 * (t(v) %*% S %*% v) / (t(v) %*% o %*% v) }
  if (consistent) { C <- C / sqrt(rho %*% t(rho)); diag(C) <- 1
    for (j in reflective) load[[j]] <- w[[j]] * sqrt(rho[j]) / sum(w[[j]]^2) }
  B <- matrix(0, k, k, dimnames = list(n, n)); r2 <- setNames(rep(NA, k), n)
  for (j in n) if (any(links[, j])) { p <- n[links[, j]]; B[p, j] <- solve(C[p, p, drop = FALSE], C[p, j]); r2[j] <- sum(B[p, j] * C[p, j]) }
  list(y = y, w = w, load = load, C = C, rho = rho, B = B, r2 = r2, reflective = reflective, links = links, modes = modes)
}
implied <- function(m) {  # construct correlations: exogenous free, the rest by the paths
  n <- rownames(m$C); exo <- n[colSums(m$links) == 0]; B <- t(m$B); C <- m$C
  psi <- matrix(0, length(n), length(n), dimnames = list(n, n)); psi[exo, exo] <- C[exo, exo]
  A <- solve(diag(length(n)) - B); dimnames(A) <- list(n, n)
  for (j in n) if (!(j %in% exo)) psi[j, j] <- 0
  for (round in 1:50) for (j in setdiff(n, exo)) { S <- A %*% psi %*% t(A); psi[j, j] <- psi[j, j] + 1 - S[j, j] }
  A %*% psi %*% t(A)
}
distance <- function(d, blocks, m, factor = FALSE) {
  items <- unlist(blocks); S <- cor(d[, items]); L <- matrix(0, length(items), length(blocks), dimnames = list(items, names(blocks)))
  for (j in names(blocks)) L[blocks[[j]], j] <- m$load[[j]]
  M <- L %*% implied(m) %*% t(L)
  for (j in names(blocks)) if (!factor || m$modes[[j]] == "B") M[blocks[[j]], blocks[[j]]] <- S[blocks[[j]], blocks[[j]]]
  diag(M) <- 1; D <- S - M; ev <- Re(eigen(solve(S) %*% M)$values)
  list(srmr = sqrt(mean(D[lower.tri(D, diag = TRUE)]^2)), d_uls = sum(D^2) / 2, d_g = sum(log(ev)^2) / 2)
}
row <- function(term, part, estimate, group = NULL) {
  r <- list(term = term, part = part); if (!is.null(group)) r$group <- group
  c(r, list(estimate = unname(estimate)))
}
rows_of <- function(d, blocks, arrows, m, refit) {
  n <- names(blocks); out <- list(); N <- nrow(d)
  for (a in seq_len(nrow(arrows))) { i <- arrows[a, 1]; j <- arrows[a, 2]; term <- paste(i, "->", j)
    p <- n[m$links[, j]]
    out <- c(out, list(row(term, "path", m$B[i, j]), row(term, "vif", solve(m$C[p, p, drop = FALSE])[i, i])))
    fewer <- arrows[-a, , drop = FALSE]; touched <- n[n %in% fewer]
    other <- if (any(fewer[, 2] == j)) refit(blocks[touched], fewer)$r2[[j]] else 0
    out <- c(out, list(row(term, "f_squared", (m$r2[[j]] - other) / (1 - m$r2[[j]]))))
  }
  total <- solve(diag(length(n)) - m$B) - diag(length(n)); dimnames(total) <- list(n, n)
  reach <- (solve(diag(length(n)) - m$links) - diag(length(n))) > .5; two <- (m$links %*% reach) > 0
  for (i in n) for (j in n) { term <- paste(i, "->", j)
    if (reach[n == i, n == j]) out <- c(out, list(row(term, "total", total[i, j])))
    if (two[n == i, n == j]) out <- c(out, list(row(term, "indirect", total[i, j] - m$B[i, j]))) }
  for (j in n) if (any(m$links[, j])) { q <- sum(m$links[, j])
    out <- c(out, list(row(j, "r_squared", m$r2[[j]]), row(j, "r_squared_adjusted", 1 - (1 - m$r2[[j]]) * (N - 1) / (N - q - 1)))) }
  for (j in n) for (b in seq_along(blocks[[j]])) { item <- blocks[[j]][b]
    out <- c(out, list(row(item, "loading", m$load[[j]][b], j), row(item, "weight", m$w[[j]][b], j)))
    others <- setdiff(blocks[[j]], item)
    if (length(others)) out <- c(out, list(row(item, "vif_item", 1 / (1 - summary(lm(reformulate(others, item), d))$r.squared), j))) }
  for (j in m$reflective) { l <- m$load[[j]]
    a <- suppressWarnings(suppressMessages(psych::alpha(cor(d[, blocks[[j]]]), check.keys = FALSE)))$total$std.alpha
    out <- c(out, list(row(j, "alpha", a), row(j, "rho_a", m$rho[[j]]), row(j, "rho_c", sum(l)^2 / (sum(l)^2 + sum(1 - l^2))),
                       row(j, "ave", mean(l^2)))) }
  for (i in 2:length(n)) for (j in 1:(i - 1)) out <- c(out, list(row(paste(n[j], "~~", n[i]), "correlation", m$C[j, i])))
  out
}
htmt_rows <- function(d, blocks) {  # semTools needs two items per factor
  b <- blocks[lengths(blocks) > 1]
  h <- htmt(paste(sapply(names(b), function(j) paste(j, "=~", paste(b[[j]], collapse = "+"))), collapse = "\n"), d, htmt2 = FALSE)
  n <- names(b); out <- list()
  for (i in 2:length(n)) for (j in 1:(i - 1)) out <- c(out, list(row(paste(n[j], "~~", n[i]), "htmt", h[i, j])))
  out
}
case <- function(name, what, blocks, lines, arrows, scheme = "path", modes = NULL, consistent = FALSE, arguments = list()) {
  refit <- function(b, a) fit_pls(ecsi, b, a, modes[names(b)], scheme, consistent)
  m <- refit(blocks, arrows)
  rows <- rows_of(ecsi, blocks, arrows, m, refit)
  if (is.null(modes)) rows <- c(rows, htmt_rows(ecsi, blocks))
  write(name, what, "pls", raw_file, c(list(blocks = lapply(blocks, as.list), paths = lines, scheme = scheme), arguments), rows,
        "PLS on construct scores (this script); psych::alpha, semTools::htmt, lm", distance(ecsi, blocks, m, consistent))
  m
}
for (scheme in c("path", "centroid", "factorial"))
  case(paste0("pls_", scheme), paste("the ECSI model, mode A,", scheme, "scheme"), blocks, lines, arrows, scheme)
modes_b <- list(Image = "B", Quality = "B", Expectation = "A", Value = "A", Satisfaction = "A", Complaints = "A", Loyalty = "A")
case("pls_mode_b", "the ECSI model with Image and Quality in mode B", blocks, lines, arrows, modes = modes_b,
     arguments = list(modes = list(Image = "B", Quality = "B")))
three <- blocks[c("Image", "Value", "Satisfaction", "Loyalty")]
three_lines <- c("Image + Value -> Satisfaction", "Image + Satisfaction -> Loyalty")
three_arrows <- rbind(c("Image", "Satisfaction"), c("Value", "Satisfaction"), c("Image", "Loyalty"), c("Satisfaction", "Loyalty"))
case("plsc", "consistent PLS of four constructs", three, three_lines, three_arrows, "factorial", consistent = TRUE,
     arguments = list(consistent = TRUE))

# ---- bootstrap: 1,000 resamples of the rows
set.seed(20261123)
small <- blocks[c("Image", "Value", "Satisfaction")]
small_arrows <- rbind(c("Image", "Satisfaction"), c("Value", "Satisfaction"))
pick <- function(m) c(m$B["Image", "Satisfaction"], m$load$Image[1], m$r2[["Satisfaction"]])
draws <- replicate(1000, pick(fit_pls(ecsi[sample(250, replace = TRUE), ], small, small_arrows, tol = 1e-7)))
one <- pick(fit_pls(ecsi, small, small_arrows)); ends <- apply(draws, 1, quantile, c(.025, .975)); se <- apply(draws, 1, sd)
boot_row <- function(i, ...) c(list(...), list(estimate = unname(one[i]), std_error = unname(se[i]), conf_low = ends[1, i], conf_high = ends[2, i]))
rows <- list(c(boot_row(1, term = "Image -> Satisfaction", part = "path"), list(p_value = 2 / 4001)),
             boot_row(2, term = "IMAG1", part = "loading", group = "Image"), boot_row(3, term = "Satisfaction", part = "r_squared"))
write("pls_bootstrap", "standard errors and percentile intervals over resampled rows", "pls", raw_file,
      list(blocks = small, paths = list("Image + Value -> Satisfaction"), n_boot = 4000), rows,
      "1,000 resamples of the rows, PLS on construct scores each; sd, quantile(c(.025, .975)); no draw at or below zero: p = 2/(B + 1)",
      tolerance = list(default = 1e-7, std_error = 0.005, conf_low = 0.014, conf_high = 0.014, p_value = 1e-9))

# ---- interaction by two stages: stage-one scores, their product, a regression
m <- fit_pls(ecsi, small, small_arrows)
y <- as.data.frame(m$y); y$product <- y$Image * y$Value
reg <- lm(Satisfaction ~ Image + Value + product, y)
rows <- list(row("Image -> Satisfaction", "path", coef(reg)[["Image"]]), row("Value -> Satisfaction", "path", coef(reg)[["Value"]]),
             row("Image*Value -> Satisfaction", "path", coef(reg)[["product"]]), row("Satisfaction", "r_squared", summary(reg)$r.squared),
             row("Image*Value -> Satisfaction", "f_squared",
                 (summary(reg)$r.squared - m$r2[["Satisfaction"]]) / (1 - summary(reg)$r.squared)))
write("pls_two_stage", "an interaction by two stages", "pls", raw_file,
      list(blocks = small, paths = list("Image + Value + Image*Value -> Satisfaction")), rows,
      "PLS on construct scores, then lm(Satisfaction ~ Image * Value) on the scores",
      citation = "Henseler and Chin (2010); Tenenhaus et al. (2005), ECSI data")

# ---- prediction: every row left out once (no chance in the folds)
loo <- function(earliest) {
  b <- blocks[c("Image", "Expectation", "Satisfaction", "Loyalty")]
  a <- rbind(c("Image", "Expectation"), c("Image", "Satisfaction"), c("Expectation", "Satisfaction"), c("Satisfaction", "Loyalty"))
  targets <- c("Expectation", "Satisfaction", "Loyalty"); items <- unlist(b[targets])
  path <- line <- naive <- matrix(0, 250, length(items), dimnames = list(NULL, items))
  for (r in 1:250) {
    train <- ecsi[-r, ]; m <- fit_pls(train, b, a, tol = 1e-11)
    z <- (unlist(ecsi[r, unlist(b)]) - colMeans(train[, unlist(b)])) / sapply(train[, unlist(b)], sd)
    y <- sapply(names(b), function(j) sum(z[match(b[[j]], unlist(b))] * m$w[[j]]))
    f <- y
    for (j in targets) { p <- names(b)[m$links[, j]]; from <- if (earliest) f else y; f[j] <- sum(from[p] * m$B[p, j]) }
    for (j in targets) { p <- if (earliest) "Image" else names(b)[m$links[, j]]
      for (i in b[[j]]) { k <- match(i, b[[j]])
        path[r, i] <- ecsi[r, i] - (mean(train[, i]) + f[j] * m$load[[j]][k] * sd(train[, i]))
        naive[r, i] <- ecsi[r, i] - mean(train[, i])
        line[r, i] <- ecsi[r, i] - predict(lm(reformulate(unlist(b[p]), i), train), ecsi[r, ]) } }
  }
  rows <- lapply(items, function(i) list(term = i, part = "item", group = names(b)[sapply(b, function(x) i %in% x)],
    estimate = 1 - sum(path[, i]^2) / sum(naive[, i]^2), rmse = sqrt(mean(path[, i]^2)), mae = mean(abs(path[, i])),
    rmse_linear = sqrt(mean(line[, i]^2))))
  kind <- if (earliest) "earliest" else "direct"
  write(paste0("predict_", kind), paste("prediction of every row from the others,", kind, "antecedents"), "predict", raw_file,
        list(blocks = b, paths = list("Image -> Expectation", "Image + Expectation -> Satisfaction", "Satisfaction -> Loyalty"),
             antecedents = kind, n_folds = 250, n_repeats = 1), unname(rows),
        "for each row: PLS on construct scores of the others, prediction of its items; lm on the items of the causes",
        citation = "Shmueli et al. (2016); Tenenhaus et al. (2005), ECSI data")
}
for (earliest in c(FALSE, TRUE)) loo(earliest)

# ---- importance and performance
rescaled <- (ecsi - 1) / 9 * 100
ipma <- function(d) {
  m <- fit_pls(d, blocks, arrows, tol = 1e-11)
  v <- lapply(names(blocks), function(j) { u <- m$w[[j]] / sapply(d[, blocks[[j]], drop = FALSE], sd); u / sum(u) })
  names(v) <- names(blocks)
  s <- sapply(names(blocks), function(j) as.matrix(d[, blocks[[j]], drop = FALSE]) %*% v[[j]])
  total <- solve(diag(7) - m$B)[, "Loyalty"]; names(total) <- names(blocks)
  list(performance = colMeans(s), standardized = total, importance = total * sd(s[, "Loyalty"]) / apply(s, 2, sd))
}
one <- ipma(rescaled); causes <- setdiff(names(blocks), "Loyalty")
rows <- c(lapply(causes, function(j) list(term = j, performance = one$performance[[j]], importance = one$importance[[j]],
                                          standardized = one$standardized[[j]])),
          list(list(term = "Loyalty", performance = one$performance[["Loyalty"]], importance = NULL, standardized = NULL)))
priority_arguments <- list(blocks = lapply(blocks, as.list), paths = lines, outcome = "Loyalty", scale = c(1, 10))
write("priority", "importance-performance map of loyalty", "priority", raw_file, priority_arguments, rows,
      "scores from weights / sd on answers rescaled to 0-100; total effects times sd(Loyalty) / sd(cause)",
      citation = "Ringle and Sarstedt (2016); Tenenhaus et al. (2005), ECSI data")
set.seed(20261123)
draws <- replicate(1000, { x <- ipma(rescaled[sample(250, replace = TRUE), ]); c(x$performance[["Image"]], x$importance[["Image"]]) })
ends <- apply(draws, 1, quantile, c(.025, .975))
write("priority_interval", "intervals of importance and performance", "priority", raw_file,
      c(priority_arguments, list(n_boot = 4000)),
      list(list(term = "Image", performance = one$performance[["Image"]], performance_low = ends[1, 1], performance_high = ends[2, 1],
                importance = one$importance[["Image"]], importance_low = ends[1, 2], importance_high = ends[2, 2])),
      "1,000 resamples of the rows; quantile(c(.025, .975))",
      tolerance = list(default = 1e-7, performance_low = 0.3, performance_high = 0.3, importance_low = 0.025, importance_high = 0.025),
      citation = "Ringle and Sarstedt (2016); Tenenhaus et al. (2005), ECSI data")
