# Makes the references of the gaps room from R. Run from the folder tests/reference: Rscript make/gaps.R
source("make/customers.R")

ncp_t <- function(t, df, level) {
  # Rough ends first, since pt() loses precision far out.
  end <- function(p) uniroot(function(x) suppressWarnings(pt(t, df, x)) - p, c(t - 12, t + 12), tol = 1e-13)$root
  c(end((1 + level) / 2), end((1 - level) / 2))
}
gap_row <- function(term, part, e, p, p_adjusted, level = .95) {
  keep <- !is.na(e) & !is.na(p)
  e <- e[keep]; p <- p[keep]
  d <- p - e; n <- length(d)
  test <- t.test(p, e, paired = TRUE, conf.level = level)
  t <- unname(test$statistic)
  rank <- suppressWarnings(wilcox.test(round(d, 12), exact = FALSE, correct = TRUE)$p.value)
  ends <- ncp_t(t, n - 1, level) / sqrt(n)
  row(term = term, part = part, n = n, expectation = mean(e), perception = mean(p), gap = mean(d), sd = sd(d),
    std_error = sd(d) / sqrt(n), statistic = t, df = n - 1, p_value = test$p.value, p_adjusted = p_adjusted,
    conf_low = test$conf.int[1], conf_high = test$conf.int[2], effect = mean(d) / sd(d), effect_low = ends[1],
    effect_high = ends[2], p_rank = rank)
}
pair_p <- function(x, items = 1:3) sapply(items, function(i) t.test(x[[paste0("p", i)]], x[[paste0("e", i)]], paired = TRUE)$p.value)
servqual <- function(x, method, level = .95) {
  adjusted <- p.adjust(pair_p(x), method)
  pairs <- lapply(1:3, function(i) gap_row(paste0("p", i), "pair", x[[paste0("e", i)]], x[[paste0("p", i)]], adjusted[i], level))
  first_e <- rowMeans(x[c("e1", "e2")]); first_p <- rowMeans(x[c("p1", "p2")])
  raw <- c(t.test(first_p, first_e, paired = TRUE)$p.value, t.test(x$p3, x$e3, paired = TRUE)$p.value)
  two <- p.adjust(raw, method)
  all_e <- rowMeans(x[paste0("e", 1:3)]); all_p <- rowMeans(x[paste0("p", 1:3)])
  c(pairs, list(gap_row("contact", "dimension", first_e, first_p, two[1], level),
    gap_row("speed", "dimension", x$e3, x$p3, two[2], level),
    gap_row("total", "total", all_e, all_p, t.test(all_p, all_e, paired = TRUE)$p.value, level)))
}
e <- paste0("e", 1:3); p <- paste0("p", 1:3)
listwise <- customers[complete.cases(customers[c(e, p)]), ]
arguments <- list(expectation = e, perception = p, dimensions = list(contact = c("p1", "p2"), speed = list("p3")))
command <- "t.test(p, e, paired = TRUE); wilcox.test(d, exact = FALSE); p.adjust; ncp of t by uniroot(pt)"
loose <- list(default = 1e-8, effect_low = 1e-6, effect_high = 1e-6)
truth("gaps", "servqual", "servqual", "Gaps of three pairs, two dimensions and the total, listwise, Holm",
  arguments, servqual(listwise, "holm"), info = list(n_used = nrow(listwise)), command = command, tolerance = loose)
truth("gaps", "servqual_pairwise", "servqual", "The same with each pair on its own cases, no correction, 90%",
  c(arguments, list(missing = "pairwise", adjust = "none", conf_level = .9)), servqual(customers, "none", .9),
  command = command, tolerance = loose)
truth("gaps", "servqual_fdr", "servqual", "The same listwise gaps with Benjamini-Hochberg p values",
  c(arguments, list(adjust = "fdr_bh")), servqual(listwise, "BH"), command = command, tolerance = loose)
truth("gaps", "servqual_bonferroni", "servqual", "The same listwise gaps with Bonferroni p values",
  c(arguments, list(adjust = "bonferroni")), servqual(listwise, "bonferroni"), command = command, tolerance = loose)
moments <- list(moments = list(columns = c(e, p), mean = unname(colMeans(listwise[c(e, p)])),
  sd = unname(sapply(listwise[c(e, p)], sd)), corr = unname(cor(listwise[c(e, p)])), n = nrow(listwise)))
without_rank <- lapply(servqual(listwise, "holm"), function(r) { r["p_rank"] <- list(NULL); r })
truth("gaps", "servqual_moments", "servqual", "The listwise gaps again, from means, SDs and correlations",
  arguments, without_rank, data = moments, command = command, tolerance = loose)

# Importance against performance
mean_ci <- function(x, level) { t <- t.test(x, conf.level = level); c(mean(x), t$conf.int) }
stated <- function(level, line, top) {
  rows <- lapply(1:3, function(j) {
    x <- na.omit(customers[c(paste0("i", j), paste0("p", j))]); n <- nrow(x)
    a <- mean_ci(x[[1]], level); b <- mean_ci(x[[2]], level)
    s <- svd(cov(x) / n); size <- 2 * (n - 1) / (n - 2) * qf(level, 2, n - 2)
    angle <- atan(s$u[2, 1] / s$u[1, 1]) * 180 / pi
    row(term = paste0("p", j), part = "stated", n = n, importance = a[1], importance_low = a[2],
      importance_high = a[3], performance = b[1], performance_low = b[2], performance_high = b[3],
      ellipse_long = sqrt(s$d[1] * size), ellipse_short = sqrt(s$d[2] * size), ellipse_angle = angle,
      ceiling = mean(x[[1]] >= top))
  })
  place(rows, line)
}
derived <- function(level, line) {
  rows <- lapply(1:3, function(j) {
    x <- na.omit(customers[c(paste0("p", j), "satisfaction")]); n <- nrow(x)
    r <- cor.test(x[[1]], x[[2]], conf.level = level); b <- mean_ci(x[[1]], level)
    row(term = paste0("p", j), part = "derived", n = n, importance = unname(r$estimate),
      importance_low = r$conf.int[1], importance_high = r$conf.int[2], performance = b[1],
      performance_low = b[2], performance_high = b[3])
  })
  place(rows, line)
}
place <- function(rows, line) {
  x <- sapply(rows, `[[`, "importance"); y <- sapply(rows, `[[`, "performance")
  lines <- if (is.function(line)) c(line(x), line(y)) else line
  names <- c("keep_up", "concentrate", "overkill", "low_priority")
  lapply(rows, function(r) {
    r$importance_line <- lines[1]; r$performance_line <- lines[2]
    r$quadrant <- names[1 + (r$performance < lines[2]) + 2 * (r$importance < lines[1])]
    sure <- (lines[1] < r$importance_low | lines[1] > r$importance_high) &
      (lines[2] < r$performance_low | lines[2] > r$performance_high)
    r$decision <- if (sure) "supported" else "inconclusive"
    r
  })
}
command <- "t.test, cor.test; ellipse from svd(cov / n) with 2 (n - 1) / (n - 2) qf(level, 2, n - 2)"
truth("gaps", "importance_performance", "importance_performance", "Stated and derived importance side by side",
  list(performance = p, importance = paste0("i", 1:3), outcome = "satisfaction", importance_scale = c(1, 3)),
  c(stated(.95, mean, 3), derived(.95, mean)), command = command)
truth("gaps", "importance_performance_median", "importance_performance", "Stated importance, medians as lines, 90%",
  list(performance = p, importance = paste0("i", 1:3), crosshair = "median", importance_scale = c(1, 3), conf_level = .9),
  stated(.9, median, 3), command = command)
truth("gaps", "importance_performance_given", "importance_performance", "Derived importance with given lines",
  list(performance = p, outcome = "satisfaction", crosshair = c(.5, 5)), derived(.95, c(.5, 5)), command = command)
