# Makes the references of the factors room from R. Run from this folder: Rscript factors.R
suppressMessages({library(psych); library(GPArotation); library(lavaan); library(jsonlite)})
setwd("..")

today <- "2026-11-23"
versions <- paste0("R ", getRversion(), ", psych ", packageVersion("psych"), ", GPArotation ",
                   packageVersion("GPArotation"), ", lavaan ", packageVersion("lavaan"))
write <- function(name, what, fun, data, arguments, table, command, citation, fit = NULL, info = NULL,
                  tolerance = list(default = 1e-8)) {
  expected <- list(table = table)
  if (!is.null(fit)) expected$fit <- fit
  if (!is.null(info)) expected$info <- info
  truth <- list(what = what, `function` = paste0("klantstudie.analyses.factors.", fun), data = data,
                arguments = arguments, expected = expected, tolerance = tolerance,
                source = list(kind = "R", citation = citation, command = command, version = versions, date = today))
  writeLines(toJSON(truth, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null", na = "null"),
             file.path("factors", paste0(name, ".json")))
}
quiet <- function(x) suppressWarnings(suppressMessages(x))
dir.create("factors", showWarnings = FALSE)

hs <- read.csv("data/holzinger_swineford_items.csv")
hs_file <- list(csv = "data/holzinger_swineford_items.csv")
source_hs <- "Holzinger and Swineford (1939), lavaan"
ordered_items <- read.csv("data/holzinger_swineford_ordered.csv")[, paste0("x", 1:9)]
ordered_file <- list(csv = "data/holzinger_swineford_ordered.csv")
polychoric_of <- function(d) { d[] <- lapply(d, ordered); unclass(lavCor(d, ordered = names(d))) }
n <- nrow(hs); p <- ncol(hs)

# ---- adequacy
k <- KMO(cor(hs)); b <- cortest.bartlett(cor(hs), n)
write("adequacy", "KMO and Bartlett of nine ability tests", "adequacy", hs_file, list(items = names(hs)),
      c(list(list(term = "total", part = "kmo", estimate = k$MSA)),
        lapply(names(hs), function(i) list(term = i, part = "kmo", estimate = k$MSAi[[i]]))),
      "psych::KMO(cor(d)); psych::cortest.bartlett(cor(d), n)", paste("Kaiser (1974);", source_hs),
      list(chisq = b$chisq, df = b$df, p_value = b$p.value))

# ---- how many: eigenvalues, MAP, and thresholds from random normal or shuffled data
reduced_values <- function(r) {
  f <- quiet(fa(r, 1, fm = "minres", n.obs = n)); diag(r) <- rowSums(f$loadings[]^2); eigen(r)$values
}
how_many_rows <- function(r, thresholds_c, thresholds_f) {
  ev <- eigen(r)$values; fv <- reduced_values(r)
  map <- c(mean(r[lower.tri(r)]^2), quiet(vss(r, n = p - 2, rotate = "none", n.obs = n, plot = FALSE))$map[1:(p - 2)])
  c(lapply(1:p, function(i) list(term = as.character(i), part = "component", estimate = ev[i],
                                 threshold = thresholds_c[i])),
    lapply(1:p, function(i) list(term = as.character(i), part = "factor", estimate = fv[i],
                                 threshold = thresholds_f[i])),
    lapply(0:(p - 2), function(i) list(term = as.character(i), part = "map", estimate = map[i + 1])))
}
thresholds <- function(draw, times) {
  rs <- replicate(times, draw(), simplify = FALSE)
  q <- function(f) apply(sapply(rs, f), 1, quantile, .95)
  list(q(function(r) eigen(r)$values), q(reduced_values))
}
set.seed(20261123)
q <- thresholds(function() cor(matrix(rnorm(n * p), n)), 3000)
write("how_many", "parallel analysis and MAP of nine ability tests", "how_many", hs_file,
      list(items = names(hs), n_sim = 3000), how_many_rows(cor(hs), q[[1]], q[[2]]),
      "eigen(cor(d)); psych::fa(d, 1) for the communalities; psych::vss(d)$map; 3,000 draws of cor(rnorm)",
      paste("Horn (1965); Velicer (1976);", source_hs), list(n_components = 3, n_factors = 3, n_map = 2),
      tolerance = list(default = 2e-5, threshold = 0.012))
set.seed(20261123)
q <- thresholds(function() polychoric_of(as.data.frame(lapply(ordered_items, sample))), 150)
write("how_many_polychoric", "parallel analysis of polychoric correlations", "how_many", ordered_file,
      list(items = names(hs), correlation = "polychoric", n_sim = 300),
      how_many_rows(polychoric_of(ordered_items), q[[1]], q[[2]]),
      "lavaan::lavCor polychorics of the answers and of 150 sets with every column shuffled; eigen, psych::fa, psych::vss",
      paste("Horn (1965); Velicer (1976);", source_hs, "cut into five categories"), NULL,
      tolerance = list(default = 2e-5, threshold = 0.06))

# ---- explore. stats::varimax stops at a relative change of 1e-5; here it runs on to 1e-15, also within promax.
tight_varimax <- function(x) { v <- varimax(x, eps = 1e-15); list(loadings = unclass(v$loadings), rotmat = v$rotmat) }
tight_promax <- function(a, m = 4) {
  h <- sqrt(rowSums(a^2)); x <- tight_varimax(a / h)$loadings
  u <- lm.fit(x, x * abs(x)^(m - 1))$coefficients
  u <- u %*% diag(sqrt(diag(solve(t(u) %*% u))))
  list(loadings = (x %*% u) * h, Phi = solve(u) %*% t(solve(u)))
}
rotated <- function(a, rotation) switch(rotation,
  none = list(loadings = a, Phi = diag(ncol(a))),
  varimax = list(loadings = tight_varimax(a)$loadings, Phi = diag(ncol(a))),
  promax = tight_promax(a),
  oblimin = { o <- GPFoblq(a, method = "quartimin", eps = 1e-9, maxit = 10000); list(loadings = o$loadings, Phi = o$Phi) })
arranged <- function(x, rotation) {
  L <- unclass(x$loadings); Phi <- x$Phi
  if (rotation != "none") {
    o <- order(-colSums(L^2)); L <- L[, o, drop = FALSE]; Phi <- Phi[o, o, drop = FALSE]
  }
  s <- ifelse(colSums(L) < 0, -1, 1)
  list(L = L %*% diag(s, length(s)), Phi = diag(s, length(s)) %*% Phi %*% diag(s, length(s)))
}
explore_rows <- function(L, Phi, items, oblique) {
  m <- ncol(L); F <- paste0("F", 1:m); rows <- list()
  for (i in seq_along(items)) for (k in 1:m)
    rows <- c(rows, list(list(term = items[i], part = "loading", group = F[k], estimate = L[i, k])))
  u <- 1 - rowSums((L %*% Phi) * L)
  for (i in seq_along(items)) rows <- c(rows, list(list(term = items[i], part = "uniqueness", estimate = u[i])))
  if (oblique) for (j in 2:m) for (k in 1:(j - 1))
    rows <- c(rows, list(list(term = paste(F[k], "~~", F[j]), part = "factor_correlation", estimate = Phi[k, j])))
  v <- diag(Phi %*% t(L) %*% L)
  for (k in 1:m) rows <- c(rows, list(list(term = F[k], part = "variance", estimate = v[k], share = v[k] / length(items))))
  rows
}
fit_of <- function(f) list(chisq = f$STATISTIC, df = f$dof, p_value = f$PVAL, 
  rmsea = sqrt(max(f$STATISTIC - f$dof, 0) / (f$dof * (f$n.obs - 1))), tli = f$TLI, rmsr = f$rms)
explore <- function(name, d, file, m, method, rotation, tolerance = list(default = 1e-4, chisq = 1e-2), r = cor(d), extra = list()) {
  f <- quiet(fa(r, m, n.obs = nrow(d), rotate = "none", fm = method))
  a <- arranged(rotated(unclass(f$loadings), rotation), rotation)
  write(name, paste(m, "factors by", method, rotation), "explore", file,
        c(list(items = names(d), n_factors = m, rotation = rotation, method = method), extra),
        explore_rows(a$L, a$Phi, names(d), rotation %in% c("oblimin", "promax")),
        paste0("psych::fa(r, ", m, ", rotate = 'none', fm = '", method, "'); rotation run on to full convergence: ",
               c(none = "none", varimax = "stats::varimax(eps = 1e-15)", promax = "psych's promax on that varimax",
                 oblimin = "GPArotation::GPFoblq(quartimin, eps = 1e-9)")[[rotation]]),
        source_hs, fit_of(f), tolerance = tolerance)
}
for (method in c("minres", "ml")) for (rotation in c("none", "varimax", "promax", "oblimin"))
  explore(paste("explore", method, rotation, sep = "_"), hs, hs_file, 3, method, rotation)
explore("explore_two_factors", hs, hs_file, 2, "ml", "oblimin")
explore("explore_polychoric", ordered_items, ordered_file, 3, "minres", "oblimin", r = polychoric_of(ordered_items),
        extra = list(correlation = "polychoric"))
d <- quiet(fa(hs, 3, rotate = "oblimin", fm = "minres"))
a <- arranged(list(loadings = d$loadings, Phi = d$Phi), "oblimin")
write("explore_psych_default", "psych::fa with its own defaults and stopping rules", "explore", hs_file,
      list(items = names(hs), n_factors = 3), explore_rows(a$L, a$Phi, names(hs), TRUE), "psych::fa(d, 3)", source_hs,
      fit_of(d), tolerance = list(default = 1e-4, chisq = 1e-2))

# ---- common method: marker correction
r <- cor(hs)
marked <- function(shared) {
  items <- c("x1", "x4", "x7"); marker <- "x2"
  rm <- if (shared == "mean") mean(abs(r[marker, items])) else min(abs(r[marker, items]))
  rows <- list(list(term = marker, part = "marker", estimate = rm))
  for (i in 2:3) for (j in 1:(i - 1)) {
    o <- r[items[j], items[i]]; a <- (o - rm) / (1 - rm); t <- a * sqrt((n - 3) / (1 - a^2))
    test <- cor.test(hs[[items[j]]], hs[[items[i]]]); pair <- paste(items[j], "~~", items[i])
    rows <- c(rows, list(list(term = pair, part = "observed", estimate = o, statistic = test$statistic[[1]], df = n - 2,
                              p_value = test$p.value),
                         list(term = pair, part = "adjusted", estimate = a, statistic = t, df = n - 3,
                              p_value = 2 * pt(-abs(t), n - 3))))
  }
  c(rows, list(list(term = "first_component", part = "harman", estimate = eigen(r[items, items])$values[1] / 3)))
}
for (shared in c("lowest", "mean"))
  write(paste0("common_method_", shared), paste("marker correction with the", shared, "correlation"), "common_method",
        hs_file, list(items = c("x1", "x4", "x7"), marker = "x2", shared = shared), marked(shared),
        "cor, cor.test; (r - r_m) / (1 - r_m), t on n - 3 (Lindell and Whitney 2001, equations 1 and 2)",
        paste("Lindell and Whitney (2001);", source_hs))
scores <- cbind(visual = rowMeans(hs[, 1:3]), textual = rowMeans(hs[, 4:6]))
rm <- min(abs(cor(hs[, 7], scores))); o <- cor(scores)[1, 2]; a <- (o - rm) / (1 - rm)
t <- c(o, a) * sqrt((n - c(2, 3)) / (1 - c(o, a)^2))
write("common_method_questions", "marker correction of two scale scores, Harman's component of their six questions", "common_method",
      list(columns = as.list(cbind(as.data.frame(scores), hs[, 1:7]))),
      list(items = colnames(scores), marker = "x7", questions = names(hs)[1:6]),
      list(list(term = "x7", part = "marker", estimate = rm),
           list(term = "visual ~~ textual", part = "observed", estimate = o, statistic = t[1], df = n - 2, p_value = 2 * pt(-abs(t[1]), n - 2)),
           list(term = "visual ~~ textual", part = "adjusted", estimate = a, statistic = t[2], df = n - 3, p_value = 2 * pt(-abs(t[2]), n - 3)),
           list(term = "first_component", part = "harman", estimate = eigen(r[1:6, 1:6])$values[1] / 6)),
      "cor, pt, eigen", paste("Lindell and Whitney (2001);", source_hs))
write("common_method_harman", "Harman's first component", "common_method", hs_file, list(items = names(hs)),
      list(list(term = "first_component", part = "harman", estimate = eigen(r)$values[1] / 9)), "eigen(cor(d))", source_hs,
      info = list(decision = "not_testable"))
