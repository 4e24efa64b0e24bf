"""Design tokens turned into a palette, fonts and one style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from gui import tokens

TEXT_SCALES = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
"""The steps of Ctrl++ and Ctrl+-."""

_ROLES = (
    (QPalette.ColorRole.Window, tokens.PANEL),
    (QPalette.ColorRole.WindowText, tokens.TEXT_1),
    (QPalette.ColorRole.Base, tokens.PANEL),
    (QPalette.ColorRole.AlternateBase, tokens.RAISED),
    (QPalette.ColorRole.Text, tokens.TEXT_1),
    (QPalette.ColorRole.Button, tokens.CONTROL),
    (QPalette.ColorRole.ButtonText, tokens.TEXT_1),
    (QPalette.ColorRole.BrightText, tokens.PRIMARY_TEXT),
    (QPalette.ColorRole.Highlight, tokens.PRIMARY),
    (QPalette.ColorRole.HighlightedText, tokens.PRIMARY_TEXT),
    (QPalette.ColorRole.ToolTipBase, tokens.RAISED),
    (QPalette.ColorRole.ToolTipText, tokens.TEXT_1),
    (QPalette.ColorRole.PlaceholderText, tokens.TEXT_3),
    (QPalette.ColorRole.Link, tokens.FOCUS),
    (QPalette.ColorRole.Mid, tokens.BORDER),
    (QPalette.ColorRole.Dark, tokens.APP),
)


def grown(pixels: int, text_scale: float) -> int:
    """Return the height of a fixed row at a text size; icons in it stay as they are."""
    return round(pixels * (1.0 + (text_scale - 1.0) * 0.6))


def palette() -> QPalette:
    """Return the dark palette."""
    made = QPalette()
    for role, color in _ROLES:
        made.setColor(role, QColor(color))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.CONTROL_EDGE))
    return made


def font(size: int = tokens.BODY, *, weight: int = 400, mono: bool = False) -> QFont:
    """Return a font of the interface, `size` in pixels, with tabular figures."""
    made = QFont()
    made.setFamilies(list(tokens.MONO_FAMILIES if mono else tokens.FONT_FAMILIES))
    made.setPixelSize(size)
    made.setWeight(QFont.Weight(weight))
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


def apply(application: QApplication, text_scale: float = 1.0) -> None:
    """Give the whole application the dark theme at a text size of 1.0 to 2.0."""
    application.setStyle("Fusion")
    application.setPalette(palette())
    application.setFont(font(round(tokens.BODY * text_scale)))
    application.setStyleSheet(style_sheet(text_scale))


def style_sheet(text_scale: float = 1.0) -> str:
    """Return the one style sheet, its type sizes multiplied by `text_scale`."""

    def px(size: int) -> str:
        return f"{round(size * text_scale)}px"

    return _SHEET.format(
        t=tokens,
        small=px(tokens.SMALL),
        tiny=px(9),
        hint=px(11),
        body=px(tokens.BODY),
        card=px(tokens.CARD_TITLE),
        page=px(tokens.PAGE_TITLE),
        big=px(tokens.BIG_NUMBER),
    )


_SHEET = """
QWidget {{ color: {t.TEXT_1}; font-size: {body}; }}
QMainWindow, QDialog {{ background: {t.PANEL}; }}
QMainWindow::separator {{ background: {t.BORDER}; width: 1px; height: 1px; }}
QToolTip {{ background: {t.RAISED}; color: {t.TEXT_1};
  border: 1px solid {t.CONTROL_EDGE}; padding: 4px 8px; }}

QLabel {{ background: transparent; }}
QLabel[role="small"] {{ font-size: {small}; color: {t.TEXT_2}; }}
QLabel[role="dense"] {{ font-size: {small}; }}
QLabel[role="quiet"] {{ font-size: {small}; color: {t.TEXT_3}; }}
QLabel[role="muted"] {{ color: {t.TEXT_2}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="title"] {{ font-size: {card}; font-weight: 600; }}
QLabel[role="page"] {{ font-size: {page}; font-weight: 600; }}
QLabel[role="big"] {{ font-size: {big}; font-weight: 700; }}
QLabel[role="ok"] {{ color: {t.CONFIRMED}; }}
QLabel[role="warning"] {{ color: {t.WARNING}; }}
QLabel[role="failed"] {{ color: {t.FAILED}; }}
QLabel[role="mono"] {{ font-family: "JetBrains Mono", "Consolas", "Menlo",
  "DejaVu Sans Mono"; font-size: {small}; color: {t.TEXT_2}; }}
QLabel[role="key"] {{ font-size: {hint}; font-weight: 600; color: {t.TEXT_1};
  background: {t.RAISED}; border: 1px solid {t.CONTROL_EDGE}; border-radius: 4px;
  padding: 0px 5px; }}
QLabel[role="ai-tag"] {{ font-size: {hint}; font-weight: 700; color: {t.AI};
  border: 1px solid {t.AI}; border-radius: 3px; padding: 0px 3px; }}

QWidget#topBar {{ background: {t.PANEL}; border-bottom: 1px solid {t.BORDER}; }}
QLabel#banner {{ background: {t.BANNER}; color: {t.BANNER_TEXT};
  font-size: {small}; }}
QWidget#banner {{ background: {t.BANNER}; border-bottom: 1px solid {t.BORDER}; }}
QWidget#banner QLabel {{ color: {t.BANNER_TEXT}; font-size: {small}; }}
QWidget#banner QLabel[role="strong"] {{ font-weight: 700; letter-spacing: 0.4px; }}
QWidget#rail {{ background: {t.PANEL}; border-right: 1px solid {t.BORDER}; }}
QWidget#reading {{ background: {t.VIEWPORT}; }}
QWidget#emptyPage {{ background: {t.APP}; }}
QWidget#factsPage {{ background: {t.APP}; }}
QWidget[role="panel"] {{ background: {t.PANEL}; border: 1px solid {t.BORDER};
  border-radius: 8px; }}
QStatusBar {{ background: {t.PANEL}; border-top: 1px solid {t.BORDER};
  font-size: {small}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ font-size: {small}; color: {t.TEXT_2}; }}
QStatusBar QLabel[role="key"] {{ font-size: {hint}; color: {t.TEXT_1}; }}
QDockWidget {{ border: none; }}
QWidget#dock {{ background: {t.PANEL}; border-left: 1px solid {t.BORDER}; }}
QWidget[role="section"] {{ background: {t.RAISED}; }}
QFrame[role="line"] {{ background: {t.BORDER}; border: none; max-height: 1px;
  min-height: 1px; }}
QFrame[role="rule"] {{ background: {t.BORDER}; border: none; max-width: 1px;
  min-width: 1px; }}
QWidget[role="card"] {{ background: {t.RAISED}; border: 1px solid {t.BORDER};
  border-radius: 8px; }}
QWidget[role="sheet"] {{ background: {t.PANEL}; border-left: 1px solid
  {t.CONTROL_EDGE}; }}
QWidget[role="popover"] {{ background: {t.RAISED}; border: 1px solid
  {t.CONTROL_EDGE}; border-radius: 8px; }}
QWidget#band {{ background: {t.PANEL}; border-top: 2px solid {t.WARNING}; }}
QWidget#band[tone="failed"] {{ border-top-color: {t.FAILED}; }}
QWidget#band[tone="quiet"] {{ border-top-color: {t.CONTROL_EDGE}; }}

QPushButton {{ background: {t.PANEL}; color: {t.TEXT_1};
  border: 1px solid {t.CONTROL_EDGE}; border-radius: 6px; padding: 0px 12px;
  min-height: 26px; }}
QPushButton:hover {{ background: {t.RAISED}; }}
QPushButton:pressed, QPushButton:checked {{ background: {t.CONTROL}; }}
QPushButton:disabled {{ color: {t.CONTROL_EDGE}; border-color: {t.BORDER}; }}
QPushButton:focus {{ border: 2px solid {t.FOCUS}; padding: 0px 11px; }}
QPushButton[role="primary"] {{ background: {t.PRIMARY}; color: {t.PRIMARY_TEXT};
  border: 1px solid {t.FOCUS}; font-weight: 600; }}
QPushButton[role="primary"]:hover {{ background: #256a9b; }}
QPushButton[role="primary"]:disabled {{ background: {t.CONTROL};
  color: {t.TEXT_3}; border-color: {t.BORDER}; }}
QPushButton[role="primary"]:focus {{ border: 2px solid {t.PRIMARY_TEXT}; }}
QPushButton[role="flat"] {{ border: 1px solid transparent; background: transparent;
  padding: 0px 6px; color: {t.TEXT_2}; }}
QPushButton[role="flat"]:hover {{ background: {t.CONTROL}; color: {t.TEXT_1}; }}
QPushButton[role="flat"]:focus {{ border: 2px solid {t.FOCUS}; padding: 0px 5px; }}
QPushButton[role="chip"] {{ font-size: {small}; padding: 0px 6px;
  background: {t.RAISED}; text-align: left; }}
QPushButton[role="chip"]:focus {{ padding: 0px 5px; }}
QPushButton[role="chip"]:checked {{ border-color: {t.REJECTED}; }}
QToolButton {{ background: transparent; border: 1px solid transparent;
  border-radius: 6px; }}
QToolButton:hover {{ background: {t.CONTROL}; }}
QToolButton:checked {{ background: {t.RAISED}; border-color: {t.BORDER}; }}
QToolButton:focus {{ border: 2px solid {t.FOCUS}; }}
QToolButton::menu-indicator {{ image: none; }}

QLineEdit, QPlainTextEdit, QSpinBox, QComboBox {{ background: {t.APP};
  border: 1px solid {t.CONTROL_EDGE}; border-radius: 6px; padding: 0px 8px;
  min-height: 26px; selection-background-color: {t.PRIMARY}; }}
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus {{
  border: 2px solid {t.FOCUS}; padding: 0px 7px; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox QAbstractItemView {{ background: {t.RAISED}; border: 1px solid
  {t.CONTROL_EDGE}; selection-background-color: {t.PRIMARY}; outline: none; }}
QLineEdit:disabled {{ color: {t.CONTROL_EDGE}; border-color: {t.BORDER}; }}
QCheckBox {{ spacing: 8px; min-height: 28px; background: transparent; }}
QCheckBox:focus, QRadioButton:focus {{ outline: 2px solid {t.FOCUS}; }}

QTableView, QListView, QTreeView, QListWidget {{ background: {t.PANEL};
  border: none; gridline-color: {t.BORDER}; outline: none;
  selection-background-color: #16303a; selection-color: {t.TEXT_1}; }}
QListWidget::item {{ min-height: 28px; padding: 2px 8px; border-radius: 4px; }}
QListWidget::item:selected {{ background: #16303a; color: {t.TEXT_1}; }}
QListWidget::item:hover {{ background: {t.CONTROL}; }}
QListWidget:focus, QTableView:focus {{ border: 2px solid {t.FOCUS}; }}
QHeaderView::section {{ background: {t.PANEL}; color: {t.TEXT_2}; border: none;
  border-bottom: 1px solid {t.BORDER}; padding: 4px 8px; font-size: {small}; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollArea#factsBoard {{ border: 2px solid {t.APP}; }}
QScrollArea#factsBoard:focus {{ border: 2px solid {t.FOCUS}; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {t.CONTROL}; border-radius: 4px;
  min-height: 28px; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {t.CONTROL}; border-radius: 4px;
  min-width: 28px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {t.CONTROL}; border: none; border-radius: 2px;
  max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {t.FOCUS}; border-radius: 2px; }}
QMenu {{ background: {t.RAISED}; border: 1px solid {t.CONTROL_EDGE};
  padding: 4px; }}
QMenu::item {{ padding: 4px 24px 4px 12px; border-radius: 4px; min-height: 20px; }}
QMenu::item:selected {{ background: {t.PRIMARY}; color: {t.PRIMARY_TEXT}; }}
QMenu::item:disabled {{ color: {t.CONTROL_EDGE}; }}
QMenu::separator {{ height: 1px; background: {t.BORDER}; margin: 4px 8px; }}
QTabBar::tab {{ background: transparent; color: {t.TEXT_2}; padding: 0px 4px;
  margin-right: 16px; min-height: 34px; border: none;
  border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {t.TEXT_1}; border-bottom-color: {t.FOCUS}; }}
QTabBar::tab:focus {{ color: {t.FOCUS}; }}
"""
