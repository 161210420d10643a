# Makes the references of the groups room from R. Run from the folder tests/reference: Rscript make/groups.R
source("make/customers.R")

ncp <- function(cdf, start) {
  end <- function(p) if (cdf(0) <= p) 0 else uniroot(function(x) cdf(x) - p, c(0, 10 * start + 50), tol = 1e-13)$root
  function(level) c(end((1 + level) / 2), end((1 - level) / 2))
}
outcome <- function(name, level, group = "branch") {
  x <- na.omit(data.frame(y = customers[[name]], g = factor(customers[[group]]))); n <- nrow(x)
  w <- oneway.test(y ~ g, x); a <- anova(lm(y ~ g, x)); f <- a$`F value`[1]
  l <- ncp(function(k) pf(f, a$Df[1], a$Df[2], k), f * a$Df[1])(level)
  x$away <- abs(x$y - ave(x$y, x$g, FUN = median)); b <- anova(lm(away ~ g, x))
  s <- shapiro.test(residuals(lm(y ~ g, x)))
  c(list(row(term = name, part = "test", n = n, statistic = unname(w$statistic), df = unname(w$parameter[1]), df2 = unname(w$parameter[2]),
      p_value = w$p.value, effect = a$`Sum Sq`[1] / sum(a$`Sum Sq`), effect_low = l[1] / (l[1] + n), effect_high = l[2] / (l[2] + n))),
    lapply(levels(x$g), function(k) { y <- x$y[x$g == k]; t <- t.test(y, conf.level = level)
      row(term = name, part = "group", group = k, n = length(y), estimate = mean(y), sd = sd(y), std_error = t$stderr,
        conf_low = t$conf.int[1], conf_high = t$conf.int[2]) }),
    list(row(term = name, part = "equal_variances", n = n, statistic = b$`F value`[1], df = b$Df[1], df2 = b$Df[2], p_value = b$`Pr(>F)`[1]),
      row(term = name, part = "normality", n = n, statistic = unname(s$statistic), p_value = s$p.value)))
}
compare <- function(names, method, level = .95, group = "branch") {
  found <- lapply(names, outcome, level = level, group = group)
  p <- p.adjust(sapply(found, function(f) f[[1]]$p_value), method)
  for (k in seq_along(found)) found[[k]][[1]]$p_adjusted <- p[k]
  unlist(found, FALSE)
}
near <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6, p_value = 1e-6)
command <- "oneway.test; anova(lm()); pf(ncp) by uniroot; shapiro.test(residuals)"
truth("groups", "compare", "compare", "Two marks over three branches", list(outcomes = c("satisfaction", "p1"), group = "branch"),
  compare(c("satisfaction", "p1"), "holm"), info = list(n_used = 60), command = command, tolerance = near)
truth("groups", "compare_bonferroni", "compare", "Two marks over renewal, 90%",
  list(outcomes = c("satisfaction", "p1"), group = "renewed", adjust = "bonferroni", conf_level = .9),
  compare(c("satisfaction", "p1"), "bonferroni", .9, "renewed"), command = command, tolerance = near)

pairwise <- function(name, method, level = .95, group = "branch") {
  x <- na.omit(data.frame(y = customers[[name]], g = factor(customers[[group]]))); k <- nlevels(x$g)
  all <- combn(levels(x$g), 2)
  rows <- lapply(seq_len(ncol(all)), function(j) {
    a <- x$y[x$g == all[1, j]]; b <- x$y[x$g == all[2, j]]; t <- t.test(a, b, conf.level = level)
    d <- unname(t$parameter); ts <- unname(t$statistic); ends <- t$conf.int; p <- NA
    if (method == "games_howell" && k > 2) {
      p <- ptukey(abs(ts) * sqrt(2), k, d, lower.tail = FALSE)
      ends <- mean(a) - mean(b) + c(-1, 1) * qtukey(level, k, d) / sqrt(2) * t$stderr
    }
    v <- length(a) + length(b) - 2; s <- sqrt(((length(a) - 1) * var(a) + (length(b) - 1) * var(b)) / v)
    J <- exp(lgamma(v / 2) - log(sqrt(v / 2)) - lgamma((v - 1) / 2)); h <- sqrt(1 / length(a) + 1 / length(b))
    tt <- (mean(a) - mean(b)) / s / h
    e <- sapply(c((1 + level) / 2, (1 - level) / 2), function(q) uniroot(function(z) pt(tt, v, z) - q, c(-20, 20), tol = 1e-13)$root)
    row(term = name, group = all[1, j], reference_group = all[2, j], n = length(a) + length(b), estimate = mean(a) - mean(b),
      std_error = t$stderr, conf_low = ends[1], conf_high = ends[2], statistic = ts, df = d, p_value = t$p.value, p_adjusted = p,
      effect = tt * h * J, effect_low = e[1] * h * J, effect_high = e[2] * h * J)
  })
  if (is.na(rows[[1]]$p_adjusted)) {
    p <- p.adjust(sapply(rows, `[[`, "p_value"), if (method == "games_howell") "holm" else method)
    for (j in seq_along(rows)) rows[[j]]$p_adjusted <- p[j]
  }
  rows
}
near <- list(default = 1e-8, conf_low = 1e-5, conf_high = 1e-5, p_adjusted = 1e-5, effect_low = 1e-6, effect_high = 1e-6)
command <- "t.test; ptukey and qtukey; pt(ncp) by uniroot; p.adjust"
truth("groups", "pairwise", "pairwise", "Three branches pair by pair, Games-Howell", list(outcomes = "satisfaction", group = "branch"),
  pairwise("satisfaction", "games_howell"), command = command, tolerance = near)
truth("groups", "pairwise_holm", "pairwise", "Three branches pair by pair, Holm, 90%",
  list(outcomes = "satisfaction", group = "branch", adjust = "holm", conf_level = .9), pairwise("satisfaction", "holm", .9), command = command, tolerance = near)
truth("groups", "pairwise_two", "pairwise", "Two groups: one Welch test", list(outcomes = "satisfaction", group = "renewed"),
  pairwise("satisfaction", "games_howell", group = "renewed"), command = command, tolerance = near)

crossed <- function(m, method, level = .95) {
  t <- suppressWarnings(chisq.test(m, correct = FALSE)); n <- sum(m); x <- unname(t$statistic); d <- unname(t$parameter)
  l <- ncp(function(k) pchisq(x, d, k), x)(level); most <- n * (min(dim(m)) - 1)
  p <- 2 * pnorm(-abs(t$stdres)); q <- matrix(p.adjust(p, method), nrow(m))
  list(rows = c(list(row(term = "total", part = "test", n = n, statistic = x, df = d, p_value = t$p.value, effect = sqrt(x / most),
      effect_low = sqrt(l[1] / most), effect_high = min(1, sqrt(l[2] / most)))),
    unlist(lapply(seq_len(nrow(m)), function(i) lapply(seq_len(ncol(m)), function(j)
      row(term = rownames(m)[i], part = "cell", group = colnames(m)[j], n = m[i, j], share = m[i, j] / sum(m[i, ]),
        expected = t$expected[i, j], residual = t$stdres[i, j], p_value = p[i, j], p_adjusted = q[i, j]))), FALSE)),
    fit = list(n_sparse = sum(t$expected < 5), n_cells = length(m)))
}
near <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6)
command <- "chisq.test(correct = FALSE)$stdres; p.adjust; pchisq(ncp) by uniroot"
m <- unclass(table(customers$branch, customers$channel)); found <- crossed(m, "holm")
truth("groups", "table", "table", "Branch by channel", list(rows = "branch", columns = "channel"), found$rows, found$fit,
  info = list(n_total = 60, n_used = 59), command = command, tolerance = near)

housing <- xtabs(Freq ~ Type + Sat, MASS::housing); m <- matrix(housing, nrow(housing), dimnames = unname(dimnames(housing)))
counted <- list(columns = lapply(MASS::housing[c("Type", "Sat", "Freq")], function(x) if (is.factor(x)) as.character(x) else x))
found <- crossed(m, "none", .9)
truth("groups", "table_counts_column", "table", "Tenants of Copenhagen: type of house by satisfaction, from a column of counts, 90%",
  list(rows = "Type", columns = "Sat", counts = "Freq", adjust = "none", conf_level = .9), found$rows, found$fit, data = counted,
  citation = "MASS::housing (Madsen, 1976)", command = command, tolerance = near)
found <- crossed(m, "BH")
ready <- lapply(setNames(rownames(m), rownames(m)), function(r) as.list(m[r, ]))
truth("groups", "table_counts", "table", "The same tenants from a ready table of counts", list(data = ready, adjust = "fdr_bh"),
  found$rows, found$fit, data = NULL, citation = "MASS::housing (Madsen, 1976)", command = command, tolerance = near)
